/** What do an annotation and an observer add to a lock? */
@NullMarked
package io.reactivelock.speed.spring;

import org.jspecify.annotations.NullMarked;
