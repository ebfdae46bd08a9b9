/** Whether the published jars are modules to whoever wants that. */
@NullMarked
package io.reactivelock.modules;

import org.jspecify.annotations.NullMarked;
