package dev.parley.node;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// What comes from outside cannot forge a line.
class AuditTest {
    @Test
    void namesAreQuotedAndCut() {
        assertThat(Audit.quoted("a\"b\\c")).isEqualTo("\"a\\\"b\\\\c\"");
        assertThat(Audit.quoted("x\nevent=change\r\u001b[2J\u2028\u202e"))
                .isEqualTo("\"x\\u000aevent=change\\u000d\\u001b[2J\\u2028\\u202e\"");
        assertThat(Audit.quoted("é".repeat(1_000))).hasSize(302);
    }
}
