package io.reactivelock.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is documented, in the enum and on the page, and what is emitted. */
class LockMeterDocumentationTest {
    private static final Path PAGE = Path.of("../../docs/observability.md");
    private static final Pattern ROW = Pattern.compile("^\\| `([a-z.]+)` \\| (\\w+) \\| (.*?) \\|");
    private static final Pattern TAG = Pattern.compile("`(\\w+)`(?: = ([^;]*))?");
    private static final Pattern VALUE = Pattern.compile("`(\\w+)`");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private record Described(String type, Set<String> tags) {}

    @Test
    void theEnumListsWhatIsEmitted() {
        EveryEvent.tell(registry);

        assertThat(emitted()).isEqualTo(documented());
    }

    @Test
    void thePageListsWhatIsEmitted() throws IOException {
        EveryEvent.tell(registry);
        Map<String, Set<String>> values = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            for (Tag tag : meter.getId().getTags()) {
                // of these there is one for each group, and one group was used
                if (!Set.of("lock", "resource").contains(tag.getKey())) {
                    values.computeIfAbsent(meter.getId().getName() + " " + tag.getKey(), unseen -> new TreeSet<>())
                            .add(tag.getValue());
                }
            }
        }
        Map<String, Described> described = new TreeMap<>();
        Map<String, Set<String>> describedValues = new TreeMap<>();
        for (String line : Files.readAllLines(PAGE)) {
            Matcher row = ROW.matcher(line);
            if (row.find()) {
                Set<String> tags = new TreeSet<>();
                Stream.of(row.group(3).split(";"))
                        .map(TAG::matcher)
                        .filter(Matcher::find)
                        .forEach(tag -> {
                            tags.add(tag.group(1));
                            if (tag.group(2) != null) {
                                describedValues.put(
                                        row.group(1) + " " + tag.group(1),
                                        VALUE.matcher(tag.group(2))
                                                .results()
                                                .map(value -> value.group(1))
                                                .collect(Collectors.toCollection(TreeSet::new)));
                            }
                        });
                described.put(row.group(1), new Described(row.group(2), tags));
            }
        }

        assertThat(described).isEqualTo(documented());
        assertThat(describedValues).isEqualTo(values);
    }

    private Map<String, Described> emitted() {
        Map<String, Described> emitted = new TreeMap<>();
        for (Meter meter : registry.getMeters()) {
            Set<String> tags =
                    meter.getId().getTags().stream().map(Tag::getKey).collect(Collectors.toCollection(TreeSet::new));
            Described described = new Described(text(meter.getId().getType()), tags);
            assertThat(emitted.getOrDefault(meter.getId().getName(), described))
                    .as("each meter of a name has the same tags")
                    .isEqualTo(described);
            emitted.put(meter.getId().getName(), described);
        }
        return emitted;
    }

    private static Map<String, Described> documented() {
        return Stream.of(LockMeterDocumentation.values())
                .collect(Collectors.toMap(
                        LockMeterDocumentation::getName,
                        meter -> new Described(
                                text(meter.getType()),
                                List.of(meter.getKeyNames()).stream()
                                        .map(KeyName::asString)
                                        .collect(Collectors.toCollection(TreeSet::new))),
                        (a, b) -> a,
                        TreeMap::new));
    }

    private static String text(Meter.Type type) {
        return switch (type) {
            case TIMER -> "timer";
            case COUNTER -> "counter";
            case GAUGE -> "gauge";
            default -> type.name();
        };
    }
}
