package dev.parley.cli;

import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/// Standard input as commands use it: lines that may be secret, then everything else.
final class Terminal {
    private Terminal() {}

    /// A password: asked for without an echo on a terminal, otherwise the next line of standard
    /// input.
    @SuppressWarnings("SystemConsoleNull") // what it is annotated with says that it may be null
    static String secret(String prompt) throws IOException {
        Console console = System.console();
        if (console != null && console.isTerminal()) {
            char[] typed = console.readPassword("%s: ", prompt);
            if (typed != null) {
                return new String(typed);
            }
        } else {
            String line = line(System.in);
            if (!line.isEmpty()) {
                return line;
            }
        }
        throw new IOException("no " + prompt.toLowerCase(java.util.Locale.ROOT) + " was given");
    }

    /// Reads byte by byte, so that what follows the line is left for whoever reads on.
    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.write(next);
        }
        String text = line.toString(StandardCharsets.UTF_8);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
