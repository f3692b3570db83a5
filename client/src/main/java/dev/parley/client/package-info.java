/// Reaches a running node through its admin interface.
@NullMarked
package dev.parley.client;

import org.jspecify.annotations.NullMarked;
