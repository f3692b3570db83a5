/// The command line: `parley start` and `parley tour`, and commands that work with a running node.
///
/// **What we own.** Names, flags and exit codes, which scripts rely on: 0 done, 1 failed with one
/// line on standard error, 2 wrong usage. What is said for people on standard output may change;
/// `--json` is for programs.
///
/// **Who calls us.** The launcher, with one process per command.
///
/// **Where to start.** [Main]; [Setting] lists what a node can be told.
@NullMarked
package dev.parley.cli;

import org.jspecify.annotations.NullMarked;
