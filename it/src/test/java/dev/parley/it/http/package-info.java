/// HTTP for programs and browsers: events, feeds, tokens and pages, with clients that others wrote.
@NullMarked
package dev.parley.it.http;

import org.jspecify.annotations.NullMarked;
