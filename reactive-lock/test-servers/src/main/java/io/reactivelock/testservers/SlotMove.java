package io.reactivelock.testservers;

import io.lettuce.core.MigrateArgs;
import java.util.List;

/**
 * A slot of a {@link RedisCluster} on its way from one node to another.
 *
 * <p>Safe for use by several threads.
 */
public final class SlotMove {
    private static final int MANY = 1_000;
    private static final int TIMEOUT_MILLIS = 10_000;

    private final RedisAdmin admin;
    private final int slot;
    private final int from;
    private final int to;
    private final Runnable assign;

    SlotMove(RedisAdmin admin, int slot, int from, int to, Runnable assign) {
        this.admin = admin;
        this.slot = slot;
        this.from = from;
        this.to = to;
        this.assign = assign;
    }

    /** Moves the keys that the slot has now. */
    public void moveKeys() {
        moveKeys(admin.ask(from, node -> node.clusterGetKeysInSlot(slot, MANY)));
    }

    /**
     * Moves some of its keys: the slot is divided between the two nodes.
     *
     * @param keys which
     */
    public void moveKeys(List<String> keys) {
        if (!keys.isEmpty()) {
            admin.ask(
                    from, node -> node.migrate(RedisAdmin.HOST, to, 0, TIMEOUT_MILLIS, MigrateArgs.Builder.keys(keys)));
        }
    }

    /** Gives the slot to its new node: the others redirect there with {@code MOVED} from now on. */
    public void finish() {
        assign.run();
    }
}
