/// Microbenchmarks of single mechanisms, run by JMH; each class says what question it answers.
@NullMarked
package dev.parley.bench.jmh;

import org.jspecify.annotations.NullMarked;
