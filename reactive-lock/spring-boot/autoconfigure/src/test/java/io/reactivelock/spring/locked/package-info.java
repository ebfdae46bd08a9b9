@NullMarked
package io.reactivelock.spring.locked;

import org.jspecify.annotations.NullMarked;
