package io.reactivelock.mutations;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** A built copy of the tree. It is never changed by a bug: what a bug changes lies in front of it on the class path. */
final class Scratch {
    private static final Set<String> NOT_COPIED = Set.of("target", ".git", "results", ".idea");
    private static final String CLASS_PATH = "target/test.classpath";
    private static final long MAX_SECONDS = 180;

    private final Path root;
    private final Path copy;
    private final Path bug;

    Scratch(Path root) {
        this.root = root;
        Path target = root.resolve("benchmarks/mutations/target");
        copy = target.resolve("scratch");
        bug = target.resolve("bug");
    }

    /** Brings the copy up to the tree, and builds the modules and their tests where something has changed. */
    void prepare(Collection<String> modules) throws IOException, InterruptedException {
        boolean changed = synchronise();
        if (!changed
                && modules.stream()
                        .allMatch(module -> Files.exists(copy.resolve(module).resolve(CLASS_PATH)))) {
            return;
        }
        for (String module : modules) {
            Files.deleteIfExists(copy.resolve(module).resolve(CLASS_PATH));
        }
        int code = new ProcessBuilder(
                        "./mvnw",
                        "-q",
                        "-Dspotless.check.skip=true",
                        "-pl",
                        String.join(",", new TreeSet<>(modules)),
                        "-am",
                        "test-compile",
                        "dependency:build-classpath",
                        "-Dmdep.outputFile=" + CLASS_PATH,
                        "-Dmdep.includeScope=test")
                .directory(copy.toFile())
                .inheritIO()
                .start()
                .waitFor();
        if (code != 0) {
            throw new IllegalStateException("the copy of the tree in " + copy + " does not build");
        }
    }

    private boolean synchronise() throws IOException {
        boolean changed = false;
        Set<Path> present = new HashSet<>();
        for (Path file : files(root)) {
            Path relative = root.relativize(file);
            present.add(relative);
            Path mine = copy.resolve(relative);
            if (!Files.exists(mine) || Files.mismatch(file, mine) >= 0) {
                Files.createDirectories(parent(mine));
                Files.copy(file, mine, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
                changed |= isBuilt(relative);
            }
        }
        for (Path mine : files(copy)) {
            if (!present.contains(copy.relativize(mine))) {
                Files.delete(mine);
                changed |= isBuilt(copy.relativize(mine));
            }
        }
        return changed;
    }

    /** What the modules under test are built from. */
    private static boolean isBuilt(Path relative) {
        return !relative.startsWith("benchmarks/mutations")
                && (relative.endsWith("pom.xml") || relative.toString().contains("/src/"));
    }

    private static List<Path> files(Path top) throws IOException {
        if (!Files.exists(top)) {
            return List.of();
        }
        List<Path> files = new ArrayList<>();
        List<Path> directories = new ArrayList<>(List.of(top));
        while (!directories.isEmpty()) {
            Path directory = directories.remove(directories.size() - 1);
            try (Stream<Path> list = Files.list(directory)) {
                for (Path each : list.toList()) {
                    if (NOT_COPIED.contains(String.valueOf(each.getFileName()))) {
                        continue;
                    }
                    (Files.isDirectory(each) ? directories : files).add(each);
                }
            }
        }
        return files;
    }

    /** Runs tests of one class on the code as it is. */
    Verdict control(List<KillingTest> tests) throws IOException, InterruptedException {
        clear();
        return run(tests.get(0), tests.stream().map(KillingTest::method).toList());
    }

    /** Runs the bug's test on the code with the bug in it. */
    Verdict judge(SeededBug seeded) throws IOException, InterruptedException {
        clear();
        Map<String, String> changed;
        try {
            changed = seeded.applyIn(copy);
        } catch (IllegalStateException e) {
            return new Verdict(Verdict.Outcome.NOT_JUDGED, String.valueOf(e.getMessage()));
        }
        String classPath = classPath(seeded.test());
        for (Map.Entry<String, String> file : changed.entrySet()) {
            String name = file.getKey().replaceFirst(".*/src/main/(java|resources)/", "");
            Path place = (name.endsWith(".java") ? bug.resolve("sources") : bug.resolve("classes")).resolve(name);
            Files.createDirectories(parent(place));
            Files.writeString(place, file.getValue());
        }
        List<String> sources =
                files(bug.resolve("sources")).stream().map(Path::toString).toList();
        if (!sources.isEmpty()) {
            List<String> javac = new ArrayList<>(
                    List.of("-proc:none", "-nowarn", "-parameters", "-d", bug + "/classes", "-cp", classPath));
            javac.addAll(sources);
            ByteArrayOutputStream errors = new ByteArrayOutputStream();
            if (ToolProvider.getSystemJavaCompiler().run(null, errors, errors, javac.toArray(String[]::new)) != 0) {
                return new Verdict(
                        Verdict.Outcome.NOT_JUDGED, "does not compile: " + errors.toString(StandardCharsets.UTF_8));
            }
        }
        return run(seeded.test(), List.of(seeded.test().method()));
    }

    private Verdict run(KillingTest test, Collection<String> methods) throws IOException, InterruptedException {
        List<String> java = new ArrayList<>(List.of(
                "java",
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:+AllowRedefinitionToAddDeleteMethods",
                "-XX:+EnableDynamicAgentLoading",
                "-Dio.netty.leakDetection.level=paranoid",
                "-cp",
                bug + "/classes" + File.pathSeparator + classPath(test) + File.pathSeparator
                        + System.getProperty("java.class.path"),
                OneTest.class.getName(),
                test.type()));
        java.addAll(methods);
        Process process = start(java, copy.resolve(test.module()));
        Thread end = new Thread(() -> destroy(process));
        Runtime.getRuntime().addShutdownHook(end);
        try {
            if (!process.waitFor(MAX_SECONDS, TimeUnit.SECONDS)) {
                destroy(process);
                return new Verdict(Verdict.Outcome.NOT_JUDGED, "hangs beyond the time-out of the test itself");
            }
        } finally {
            Runtime.getRuntime().removeShutdownHook(end);
        }
        int code = process.exitValue();
        String output = Files.readString(output());
        return switch (code) {
            case OneTest.GREEN -> new Verdict(Verdict.Outcome.SURVIVED, "");
            case OneTest.RED ->
                new Verdict(
                        Verdict.Outcome.KILLED,
                        output.lines()
                                .filter(line -> line.startsWith("FAILED "))
                                .findFirst()
                                .orElse(""));
            case OneTest.NOTHING_RUN -> new Verdict(Verdict.Outcome.NOT_JUDGED, "no test was run");
            default -> new Verdict(Verdict.Outcome.NOT_JUDGED, "the JVM ended with " + code + ":\n" + output);
        };
    }

    /** A bug can make a test run for ever. */
    private static void destroy(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private String classPath(KillingTest test) throws IOException {
        Path module = copy.resolve(test.module());
        return String.join(
                File.pathSeparator,
                module + "/target/test-classes",
                module + "/target/classes",
                Files.readString(module.resolve(CLASS_PATH)).strip());
    }

    private Process start(List<String> command, Path directory) throws IOException {
        return new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output().toFile())
                .start();
    }

    private Path output() {
        return bug.resolve("output.txt");
    }

    private void clear() throws IOException {
        if (Files.exists(bug)) {
            try (Stream<Path> all = Files.walk(bug)) {
                for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
        for (String name : List.of("classes", "sources")) {
            Files.createDirectories(bug.resolve(name));
        }
    }

    private static Path parent(Path file) {
        return Objects.requireNonNull(file.getParent());
    }
}
