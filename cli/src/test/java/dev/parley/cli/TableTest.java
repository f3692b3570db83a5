package dev.parley.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Tables for people.
class TableTest {
    @Test
    void alignsColumnsAndNumbersToTheRight() {
        Table table = new Table("none", "NAME", "N", "STATE");
        table.add("a", 5, "running");
        table.add("longer", 12345, "");
        assertThat(table)
                .hasToString("NAME        N  STATE\na           5  running\nlonger  12345\n");
    }

    @Test
    void saysWhenThereIsNothing() {
        assertThat(new Table("no queues", "QUEUE")).hasToString("no queues\n");
    }

    /// A queue's name must not command the terminal.
    @Test
    void controlCharactersAreShownAsSuch() {
        Table table = new Table("none", "NAME");
        table.add("red\u001B[31m\n");
        assertThat(table).hasToString("NAME\nred?[31m?\n");
    }
}
