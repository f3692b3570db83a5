package dev.parley.api;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How a stream has to be. The arguments have RabbitMQ's names, so that any AMQP client can declare
/// the same stream; what is not named here goes through [#with]. Without bounds everything is kept.
///
/// @param subjects filters of the topics that it takes, at most 1,000 of at most 255 bytes each;
///   those that it takes already stay
/// @param arguments in the order in which they were given; values as in a [Message]'s headers
public record StreamOptions(List<String> subjects, Map<String, Object> arguments) {
    /// Everything is kept, of what is published to the stream itself.
    public static final StreamOptions EVERYTHING = new StreamOptions(List.of(), Map.of());

    private static final int SUBJECTS_MAX = 1_000;
    private static final int SUBJECT_BYTES_MAX = 255;

    /// The largest number of an age, in RabbitMQ's words for it.
    private static final long NUMBER_MAX = 99_999_999;

    public StreamOptions {
        subjects = List.copyOf(subjects);
        if (subjects.size() > SUBJECTS_MAX) {
            throw new IllegalArgumentException("more than " + SUBJECTS_MAX + " subjects");
        }
        for (String subject : subjects) {
            SubjectFilter _ = new SubjectFilter(subject);
            int bytes = subject.getBytes(StandardCharsets.UTF_8).length;
            if (bytes > SUBJECT_BYTES_MAX) {
                throw new IllegalArgumentException(
                        "a subject of a stream has at most %d bytes, not %d"
                                .formatted(SUBJECT_BYTES_MAX, bytes));
            }
        }
        arguments = Collections.unmodifiableMap(new LinkedHashMap<>(arguments));
    }

    /// The same with one argument more, or with another value for it.
    public StreamOptions with(String argument, Object value) {
        Map<String, Object> all = new LinkedHashMap<>(arguments);
        all.put(argument, value);
        return new StreamOptions(subjects, all);
    }

    /// It takes what is published on topics under these filters, too.
    public StreamOptions over(String... filters) {
        List<String> all = new ArrayList<>(subjects);
        all.addAll(List.of(filters));
        return new StreamOptions(all, arguments);
    }

    /// Messages are kept for so long, at least a second; rounded up to a whole one, beyond three
    /// years to a whole minute.
    public StreamOptions keep(Duration age) {
        if (age.isNegative() || age.isZero()) {
            throw new IllegalArgumentException("messages are kept for some time, not " + age);
        }
        long number = age.plusNanos(999_999_999).toSeconds();
        String unit = "s";
        if (number > NUMBER_MAX) {
            number = Math.min(Math.ceilDiv(number, 60), NUMBER_MAX);
            unit = "m";
        }
        return with("x-max-age", number + unit);
    }

    /// So many bytes are kept, at least 1, and up to a block of 256 KiB more.
    public StreamOptions keepBytes(long bytes) {
        return with("x-max-length-bytes", positive("bytes", bytes));
    }

    /// So many messages are kept, at least 1.
    public StreamOptions keepMessages(long messages) {
        return with("x-max-length", positive("messages", messages));
    }

    private static long positive(String what, long number) {
        if (number < 1) {
            throw new IllegalArgumentException("%s: at least 1, not %d".formatted(what, number));
        }
        return number;
    }

    /// Only the last message of each subject is kept, of at most 1,000,000 subjects;
    /// [EventStream#clear] removes it.
    public StreamOptions lastPerSubject() {
        return with("x-last-per-subject", true);
    }

    /// Order is kept among messages with the same value in this header, where it is kept among
    /// those of one subject otherwise.
    public StreamOptions orderedBy(String header) {
        return with("x-stream-key", header);
    }
}
