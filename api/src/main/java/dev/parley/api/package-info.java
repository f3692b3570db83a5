/// What a user of any pattern sees: subjects, filters, and the reasons for which Parley refuses.
///
/// Plain immutable values without dependencies; every other module stands on them.
@NullMarked
package dev.parley.api;

import org.jspecify.annotations.NullMarked;
