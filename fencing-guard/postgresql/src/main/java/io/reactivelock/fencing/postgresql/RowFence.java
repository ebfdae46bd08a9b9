package io.reactivelock.fencing.postgresql;

import io.reactivelock.FencingToken;
import java.util.Objects;

/**
 * A fence in the rows of a table themselves, in the two columns {@code fence} and {@code fence_holder}: for hot tables, whose writes
 * then lock nothing but their own rows. A resource is a key of the table, with a prefix that makes it the name of its lock.
 *
 * <pre>{@code
 * RowFence stock = RowFence.of("stock", "sku", "item:"); // the lock item:42 fences the rows with the sku 42
 * }</pre>
 *
 * <p>What it cannot do: it fences no INSERT, a DELETE forgets the fence, and transactions of several statements are for {@code write}
 * and {@code check}.
 *
 * @param table the table, as in SQL: {@code stock}, {@code shop.stock}
 * @param column the column of the key, of a type of PostgreSQL's own, with an index; its name as it is, not quoted
 * @param prefix what comes before the key in the name of the lock; may be empty
 * @see <a href="https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html">Kleppmann: How to do distributed
 *     locking</a>
 */
public record RowFence(String table, String column, String prefix) {
    /**
     * Refuses empty names.
     *
     * @param table the table, as in SQL
     * @param column the column of the key
     * @param prefix what comes before the key in the name of the lock
     */
    public RowFence {
        PostgresFence.requireText("a table", table);
        PostgresFence.requireText("a column", column);
        Objects.requireNonNull(prefix, "prefix");
    }

    /**
     * A fence in rows.
     *
     * @param table the table, as in SQL
     * @param column the column of the key
     * @param prefix what comes before the key in the name of the lock
     * @return the fence
     */
    public static RowFence of(String table, String column, String prefix) {
        return new RowFence(table, column, prefix);
    }

    /** The name of the lock of a key; refuses a token of another. */
    String resource(String key, FencingToken token) {
        String resource = prefix + Objects.requireNonNull(key, "key");
        PostgresFence.requireArguments(resource, token);
        return resource;
    }

    String quotedColumn() {
        return '"' + column.replace("\"", "\"\"") + '"';
    }
}
