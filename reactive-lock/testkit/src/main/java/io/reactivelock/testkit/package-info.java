@NullMarked
package io.reactivelock.testkit;

import org.jspecify.annotations.NullMarked;
