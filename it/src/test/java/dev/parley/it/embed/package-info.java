/// The node inside a program's own process, together with clients outside, with Spring, and killed.
@NullMarked
package dev.parley.it.embed;

import org.jspecify.annotations.NullMarked;
