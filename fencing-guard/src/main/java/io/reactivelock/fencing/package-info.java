@NullMarked
package io.reactivelock.fencing;

import org.jspecify.annotations.NullMarked;
