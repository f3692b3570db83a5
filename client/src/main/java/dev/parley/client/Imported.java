package dev.parley.client;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;

/// What came of an import.
///
/// @param imported how many of each kind are there now
/// @param leftOut what could not be had
public record Imported(
        Map<String, Integer> imported, @JsonProperty("left_out") List<LeftOut> leftOut) {
    public Imported {
        imported = Map.copyOf(imported);
        leftOut = List.copyOf(leftOut);
    }

    /// Something that was not imported.
    public record LeftOut(String what, String why) {}
}
