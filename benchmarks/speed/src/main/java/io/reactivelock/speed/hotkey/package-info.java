/** How fast does one lock go from holder to holder when everybody wants it? */
@NullMarked
package io.reactivelock.speed.hotkey;

import org.jspecify.annotations.NullMarked;
