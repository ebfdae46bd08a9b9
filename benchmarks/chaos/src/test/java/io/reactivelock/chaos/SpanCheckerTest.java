package io.reactivelock.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactivelock.FencingToken;
import io.reactivelock.Holder;
import io.reactivelock.chaos.fault.RelaxedGuarantee;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The checker finds each break of a rule, and nothing in a good history")
class SpanCheckerTest {
    private static final String RESOURCE = WriteProtection.GUARDED.resource(7, 0);
    private static final Holder ANNA = new Holder(1, 1);
    private static final Holder BERT = new Holder(2, 2);

    private final List<Violation> violations = new ArrayList<>();
    private SpanChecker checker = new SpanChecker(Set.of(), violations::add);

    @Test
    @DisplayName("a good history: two holders, one after the other, an unknown write of each kind, a refused one")
    void good() {
        checker.saw(granted(10, ANNA, 100, 110));
        checker.saw(believed(10, ANNA, 110, 190));
        checker.saw(new HistoryEntry.Acknowledged(1, 0));
        checker.saw(granted(11, BERT, 105, 200));
        checker.saw(believed(11, BERT, 200, 300));
        checker.saw(new HistoryEntry.Acknowledged(3, 0));
        checker.saw(new HistoryEntry.Refused(4, 0));
        checker.logged(write(1, 0, 10, ANNA, 1));
        checker.logged(write(2, 1, 10, ANNA, 2)); // unknown to its writer, and carried out
        checker.logged(write(3, 2, 11, BERT, 3));
        checker.end();

        assertThat(violations).isEmpty();
        assertThat(checker.lostUpdates(WriteProtection.GUARDED)).isZero();
        assertThat(checker.duplicateTokens()).isZero();
    }

    @Test
    @DisplayName("D3: a token that falls along the sequence")
    void fallenToken() {
        checker.logged(write(1, 0, 11, BERT, 1));
        checker.logged(write(2, 1, 10, ANNA, 2));
        checker.end();

        assertBroken(HistoryRule.TOKENS_IN_ORDER_OF_WRITES);
    }

    @Test
    @DisplayName("D3: one token of two holders")
    void sharedToken() {
        checker.logged(write(1, 0, 10, ANNA, 1));
        checker.logged(write(2, 1, 10, BERT, 2));
        checker.end();

        assertBroken(HistoryRule.TOKENS_IN_ORDER_OF_WRITES);
        assertThat(checker.duplicateTokens()).isEqualTo(1);
    }

    @Test
    @DisplayName("E2: a write that did not know the one before it")
    void lostUpdate() {
        checker.logged(write(1, 0, 10, ANNA, 1));
        checker.logged(write(2, 0, 11, BERT, 2));
        checker.end();

        assertBroken(HistoryRule.NO_LOST_UPDATE);
        assertThat(checker.lostUpdates(WriteProtection.GUARDED)).isEqualTo(1);
    }

    @Test
    @DisplayName("E10: an acknowledged write that is not in the log")
    void missing() {
        checker.saw(new HistoryEntry.Acknowledged(1, 0));
        checker.end();

        assertBroken(HistoryRule.LOG_AS_ANSWERED);
    }

    @Test
    @DisplayName("E1: a refused write that is in the log")
    void refusedAndCarriedOut() {
        checker.saw(new HistoryEntry.Refused(1, 0));
        checker.logged(write(1, 0, 10, ANNA, 1));
        checker.end();

        assertBroken(HistoryRule.LOG_AS_ANSWERED);
    }

    @Test
    @DisplayName("E9: a write that is in the log twice")
    void carriedOutTwice() {
        checker.logged(write(1, 0, 10, ANNA, 1));
        checker.logged(write(2, 1, 10, ANNA, 1));
        checker.end();

        assertBroken(HistoryRule.LOG_AS_ANSWERED);
    }

    @Test
    @DisplayName("D1: a grant with a lower token than one that had arrived before it was asked for")
    void grantsOutOfOrder() {
        checker.saw(granted(10, BERT, 120, 130));
        checker.saw(granted(11, ANNA, 100, 110));
        checker.end();

        assertBroken(HistoryRule.TOKENS_IN_ORDER_OF_GRANTS);
    }

    @Test
    @DisplayName("D1: grants that were asked for at the same time may arrive in any order")
    void grantsAtOnce() {
        checker.saw(granted(10, BERT, 100, 130));
        checker.saw(granted(11, ANNA, 100, 110));
        checker.end();

        assertThat(violations).isEmpty();
    }

    @Test
    @DisplayName("D1: two grants with one token")
    void grantedTwice() {
        checker.saw(granted(10, ANNA, 100, 130));
        checker.saw(granted(10, BERT, 100, 110));
        checker.end();

        assertBroken(HistoryRule.TOKENS_IN_ORDER_OF_GRANTS);
    }

    @Test
    @DisplayName("B1: two holders that believe at the same time, though a third came between")
    void overlap() {
        checker.saw(believed(10, ANNA, 100, 200));
        checker.saw(believed(9, BERT, 50, 60));
        checker.saw(believed(11, BERT, 199, 300));
        checker.end();

        assertBroken(HistoryRule.ONE_BELIEVER);
    }

    @Test
    @DisplayName("after a loss of data or a step of the clock, grants and beliefs may be wrong, and writes may not")
    void relaxed() {
        checker = new SpanChecker(Set.of(RelaxedGuarantee.DURABLE_GRANTS), violations::add);
        checker.saw(granted(10, ANNA, 100, 130));
        checker.saw(granted(10, BERT, 100, 110));
        checker.saw(believed(10, ANNA, 100, 200));
        checker.saw(believed(10, BERT, 150, 300));
        checker.logged(write(1, 0, 10, ANNA, 1));
        checker.logged(write(2, 0, 11, BERT, 2));
        checker.end();

        assertBroken(HistoryRule.NO_LOST_UPDATE);
    }

    @Test
    @DisplayName("what the controls lose is counted, and breaks no rule")
    void controls() {
        String control = WriteProtection.UNGUARDED.resource(7, 0);
        checker.logged(new LoggedWrite(control, 1, 0, 10, ANNA.toString(), 1, 0));
        checker.logged(new LoggedWrite(control, 2, 0, 9, BERT.toString(), 2, 0));
        checker.end();

        assertThat(violations).isEmpty();
        assertThat(checker.lostUpdates(WriteProtection.UNGUARDED)).isEqualTo(1);
        assertThat(checker.lostUpdates(WriteProtection.GUARDED)).isZero();
    }

    private void assertBroken(HistoryRule rule) {
        assertThat(violations).extracting(Violation::rule).containsExactly(rule);
    }

    private static HistoryEntry.Granted granted(long token, Holder holder, long asked, long handedOut) {
        return new HistoryEntry.Granted(RESOURCE, new FencingToken(token, holder), asked, handedOut);
    }

    private static HistoryEntry.Believed believed(long token, Holder holder, long from, long until) {
        return new HistoryEntry.Believed(RESOURCE, new FencingToken(token, holder), from, until);
    }

    private static LoggedWrite write(long seq, long seqRead, long token, Holder holder, long op) {
        return new LoggedWrite(RESOURCE, seq, seqRead, token, holder.toString(), op, 0);
    }
}
