package dev.parley.api;

/// Why Parley refuses something: a closed set that each protocol maps to its own codes.
///
/// `detail` is one sentence for a person: what was attempted, on what, with which numbers. It never
/// holds a secret.
public sealed interface Reason {
    String detail();

    /// The named thing does not exist.
    record NotFound(String detail) implements Reason {}

    /// It exists with other properties than the ones asked for, or a condition of the request (if
    /// empty, if unused) does not hold.
    record Precondition(String detail) implements Reason {}

    /// The caller lacks the permission, or the name is reserved.
    record Denied(String detail) implements Reason {}

    /// Somebody else holds it exclusively.
    record Locked(String detail) implements Reason {}

    /// A bound of `Limits` or of the entity itself is reached; the caller may try again later.
    record Full(String detail) implements Reason {}

    /// The request is malformed or makes no sense in this place.
    record Invalid(String detail) implements Reason {}

    /// Part of the protocol that Parley does not offer.
    record Unsupported(String detail) implements Reason {}

    /// The shard or its log cannot serve just now; the outcome of what was under way is unknown.
    record Unavailable(String detail) implements Reason {}
}
