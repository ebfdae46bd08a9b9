/** How fast does one lock go from holder to holder when everybody wants it? */
@NullMarked
package io.reactivelock.benchmarks.hotkey;

import org.jspecify.annotations.NullMarked;
