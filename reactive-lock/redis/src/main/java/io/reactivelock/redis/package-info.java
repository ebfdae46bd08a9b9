@NullMarked
package io.reactivelock.redis;

import org.jspecify.annotations.NullMarked;
