/// Proof that the simulation repeats itself, finds mistakes, and finds none in the node.
@NullMarked
package dev.parley.sim;

import org.jspecify.annotations.NullMarked;
