package dev.parley.node.admin;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

/// Reads JSON that comes from outside into trees, whose size in memory has a bound: a short text
/// may make a large tree.
public final class Trees {
    /// Whatever is asked for in one request.
    public static final ObjectMapper USUAL = of(100_000);

    /// All that a node may have, in one text.
    public static final ObjectMapper DEFINITIONS = of(3_000_000);

    private Trees() {}

    private static ObjectMapper of(long tokens) {
        StreamReadConstraints bounds =
                StreamReadConstraints.builder().maxTokenCount(tokens).build();
        return JsonMapper.builder(JsonFactory.builder().streamReadConstraints(bounds).build())
                .build();
    }
}
