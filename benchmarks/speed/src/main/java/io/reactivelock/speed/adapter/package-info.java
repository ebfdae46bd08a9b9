/** What does an adapter add to the client that it adapts? */
@NullMarked
package io.reactivelock.speed.adapter;

import org.jspecify.annotations.NullMarked;
