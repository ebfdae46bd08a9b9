package io.reactivelock.mutations;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A test method; all of its name where it has parameters.
 *
 * @param module the directory of its module, from the root of the project
 * @param type the class, as the JVM names it
 * @param method its name
 */
record KillingTest(String module, String type, String method) {
    private static final Pattern FORM = Pattern.compile("(\\S+) ([\\w.$]+)#(\\w+)");
    private static final List<String> WITH_CONTRACTS =
            List.of("reactive-lock/testkit/src/main", "reactive-lock/core/src/test", "fencing-guard/r2dbc/src/test");

    static KillingTest parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalStateException("a test is written \"module package.Class#method\", not \"" + text + '"');
        }
        return new KillingTest(matcher.group(1), matcher.group(2), matcher.group(3));
    }

    /** As people write it. */
    String shortName() {
        return shortType() + '#' + method;
    }

    String shortType() {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    /** Whether there is such a class in its module, and such a method there or in what it may inherit from. */
    boolean exists(Path root) throws IOException {
        Path tests = root.resolve(module).resolve("src/test");
        String file = type.replaceFirst("\\$.*", "").replace('.', '/') + ".java";
        if (!Files.exists(tests.resolve("java").resolve(file))) {
            return false;
        }
        Pattern declaration = Pattern.compile("void " + method + "\\(");
        for (Path place : Stream.concat(
                        Stream.of(tests), WITH_CONTRACTS.stream().map(root::resolve))
                .toList()) {
            try (Stream<Path> files = Files.walk(place)) {
                for (Path each :
                        files.filter(it -> it.toString().endsWith(".java")).toList()) {
                    if (declaration.matcher(Files.readString(each)).find()) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
