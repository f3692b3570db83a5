/// The command line: `parley start`, and tools that work with a running node.
@NullMarked
package dev.parley.cli;

import org.jspecify.annotations.NullMarked;
