package dev.parley.client;

import org.jspecify.annotations.Nullable;

/// What became of messages that were to be sent on.
///
/// @param nowhere those that stay, because their way leads nowhere
/// @param absent those that are gone, or that a consumer has
/// @param why why some lead nowhere, in words; null: none does
public record Sent(long sent, long nowhere, long absent, @Nullable String why) {}
