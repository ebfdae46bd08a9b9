package io.reactivelock.testservers;

import java.time.Duration;

/**
 * What a {@link TcpProxy} can do to one of its connections, or to all. A request is what the client sends; a reply is what the server
 * sends. Numbers of bytes count from the call on. What drops or counts bytes does so as they arrive at the proxy, before it tells that
 * they did; a cut drops what was kept back. Faults add up until {@link #heal()}.
 *
 * <p>Safe for use by several threads; no method waits for the network.
 */
public interface TcpFaults {
    /** Drops all replies; the connection stays open. */
    default void swallowReplies() {
        forwardOnly(0);
    }

    /** Drops all requests; the connection stays open. */
    void swallowRequests();

    /**
     * Passes on this many bytes of the replies, and drops what follows; the connection stays open.
     *
     * @param bytes 0 or more
     */
    void forwardOnly(long bytes);

    /** Keeps replies back, all of them and in order, until {@link #releaseReplies()}. */
    void holdReplies();

    /** Passes on what {@link #holdReplies()} kept back. */
    void releaseReplies();

    /** Keeps requests back, all of them and in order, until {@link #releaseRequests()}. */
    void holdRequests();

    /** Passes on what {@link #holdRequests()} kept back. */
    void releaseRequests();

    /**
     * Adds a latency to every reply. Their order and their distance in time stay.
     *
     * @param delay from the arrival at the proxy
     */
    void delayReplies(Duration delay);

    /**
     * Adds a latency to every request. Their order and their distance in time stay.
     *
     * @param delay from the arrival at the proxy
     */
    void delayRequests(Duration delay);

    /**
     * Reads replies slowly, so that the server's send buffer fills up. A read that has begun is not affected.
     *
     * @param bytes how many at a time
     * @param pause the time between two reads
     */
    void drainRepliesSlowly(int bytes, Duration pause);

    /**
     * Cuts the connection now, on both sides.
     *
     * @param cut what both sides see
     */
    void cut(Cut cut);

    /**
     * Cuts the connection on both sides as soon as this many bytes of requests have been passed on, exactly. On a proxy, this is done
     * once: the first connection that gets there is cut, and the others and later ones are left alone.
     *
     * @param bytes 1 or more
     * @param cut what both sides see
     */
    void cutAfterRequestBytes(long bytes, Cut cut);

    /**
     * Cuts the connection on both sides as soon as this many bytes of replies have been passed on, exactly. On a proxy, this is done
     * once: the first connection that gets there is cut, and the others and later ones are left alone.
     *
     * @param bytes 1 or more
     * @param cut what both sides see
     */
    void cutAfterReplyBytes(long bytes, Cut cut);

    /**
     * Leaves the connection half open: the server sees it end, while the client sees an open connection that nobody answers.
     *
     * @param cut what the server sees
     */
    void dropServer(Cut cut);

    /**
     * Leaves the connection half open: the client sees it end, while the server sees an open connection on which nobody speaks.
     *
     * @param cut what the client sees
     */
    void dropClient(Cut cut);

    /** Ends all faults but those of a cut. What was dropped stays dropped; what was kept back or late is passed on. */
    void heal();

    /** How a TCP connection ends. */
    enum Cut {
        /** In order: the bytes that were passed on arrive, then the end of the stream. */
        FIN,
        /** At once: a read ends in "connection reset". */
        RESET
    }
}
