/// The shape of the code as tests: which module may use what, and the house rules.
@NullMarked
package dev.parley.it.arch;

import org.jspecify.annotations.NullMarked;
