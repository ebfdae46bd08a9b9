package io.reactivelock.testservers;

/** Threads of test equipment never keep a JVM alive. */
final class Threads {
    private Threads() {}

    static void daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
