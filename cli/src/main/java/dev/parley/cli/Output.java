package dev.parley.cli;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// Standard output: text for people, or JSON for programs.
final class Output {
    private static final ObjectMapper JSON =
            JsonMapper.builder()
                    .changeDefaultPropertyInclusion(
                            was -> was.withValueInclusion(JsonInclude.Include.NON_NULL))
                    .build();

    private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    private final boolean json;

    Output(boolean json) {
        this.json = json;
    }

    /// One answer: a line for people, or an object for programs.
    void say(String line, Object value) throws IOException {
        out.print((json ? JSON.writeValueAsString(value) : line) + '\n');
        flush();
    }

    /// Many answers: a table for people, or an array for programs.
    void list(Table table, Object values) throws IOException {
        out.print(json ? JSON.writeValueAsString(values) + '\n' : table.toString());
        flush();
    }

    /// A message: its bytes and a line feed for people, an object on a line for programs.
    void message(byte[] content, Object value) throws IOException {
        if (json) {
            out.print(JSON.writeValueAsString(value));
        } else {
            out.write(content);
        }
        out.print('\n');
        flush();
    }

    /// Whoever acknowledges after having printed must know that it was printed.
    private void flush() throws IOException {
        if (out.checkError()) {
            throw new IOException("cannot write to standard output");
        }
    }
}
