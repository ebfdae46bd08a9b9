@NullMarked
package io.reactivelock.demo;

import org.jspecify.annotations.NullMarked;
