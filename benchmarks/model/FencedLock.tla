------------------------------ MODULE FencedLock ------------------------------
(***************************************************************************)
(* The lock, the network, the clients, and the storage with its fence: the *)
(* protocol of docs/spec.md and docs/fencing.md, without its data formats. *)
(* docs/model.md is the guide to this file. A1, E3, ... are the rules of   *)
(* docs/spec.md.                                                           *)
(*                                                                         *)
(* A client is one subscription of an acquire, so it is also a holder: who *)
(* acquires again is another client. No clock is needed. A lease may end   *)
(* at any moment, and a client may believe in it for any time, or stop at  *)
(* any time: that covers every pause, delay and clock fault.               *)
(***************************************************************************)
EXTENDS Naturals, FiniteSets, TLC

CONSTANTS
  Clients,
  None,
  MaxToken,        \* the lock service grants no token above
  MaxRegressions,  \* how often the lock service loses data
  Variant          \* "asBuilt", or the mistake that is made

VARIABLES
  \* the lock service
  lock,         \* None, or [holder, token, expires]
  counter,      \* the last token
  regressions,
  \* the network: every message that was ever sent. Each is delivered at any time later, in any order, many times, or never
  net,          \* [kind, client, token]
  \* each client
  phase,        \* idle, asking, holding, committing, acked, ended
  token,        \* the token of its grant
  advanced,     \* whether it knows that its advance was committed
  value,        \* the data that it has read
  \* the storage
  fence,        \* [token, holder]; token 0: no fence row
  data,         \* how often the operation of each client has been applied
  tx,           \* of each client: none, checked, committing, committed
  \* ghosts
  past,         \* the highest token of a grant that is over
  accepted,     \* the pairs of token and holder that the fence has accepted
  broken        \* rules about single steps that were broken

service == <<lock, counter, regressions>>
client == <<phase, token, advanced, value>>
storage == <<fence, data, tx>>
vars == <<service, net, client, storage, past, accepted, broken>>

Symmetry == Permutations(Clients)

Max(a, b) == IF a > b THEN a ELSE b
Min(a, b) == IF a < b THEN a ELSE b
Is(variants) == Variant \in variants

Message(kind, c, t) == [kind |-> kind, client |-> c, token |-> t]
Send(messages) == net' = net \union messages
Sent(kind) == {m \in net : m.kind = kind}
Break(rule, happened) == broken' = IF happened THEN broken \union {rule} ELSE broken

Init ==
  /\ lock = None /\ counter = 0 /\ regressions = 0
  /\ net = {}
  /\ phase = [c \in Clients |-> "idle"]
  /\ token = [c \in Clients |-> 0]
  /\ advanced = [c \in Clients |-> FALSE]
  /\ value = [c \in Clients |-> None]
  /\ fence = [token |-> 0, holder |-> None]
  /\ data = [c \in Clients |-> 0]
  /\ tx = [c \in Clients |-> "none"]
  /\ past = 0 /\ accepted = {} /\ broken = {}

-------------------------------------------------------------------------------
(* The lock service: lock.lua and renew.lua. One step for each request.     *)

Owns(c) == lock # None /\ lock.holder = c
Granted(c, t) == [holder |-> c, token |-> t, expires |-> ~Is({"grantWithoutExpiry"})]
Over == past' = Max(past, Min(lock.token, counter))

\* The token is made in the step that grants (D2).
Grant ==
  \E m \in Sent("acquire") :
    LET next == Max(counter, m.token) + 1 IN
    /\ lock = None /\ next <= MaxToken
    /\ counter' = next
    /\ IF Is({"tokenOutsideGrant"})
       THEN Send({Message("number", m.client, next)}) /\ UNCHANGED lock
       ELSE Send({Message("granted", m.client, next)}) /\ lock' = Granted(m.client, next)
    /\ UNCHANGED <<regressions, client, storage, past, accepted, broken>>

\* The mistake alone: INCR first, SET NX later.
GrantNumber ==
  /\ Is({"tokenOutsideGrant"})
  /\ \E m \in Sent("number") :
       /\ lock = None
       /\ lock' = Granted(m.client, m.token)
       /\ Send({Message("granted", m.client, m.token)})
  /\ UNCHANGED <<counter, regressions, client, storage, past, accepted, broken>>

\* A request that comes again finds its own lock. The answer is the one that was sent already (A2).
GrantAgain ==
  \E m \in Sent("acquire") :
    /\ Owns(m.client)
    /\ IF Is({"replayTakesToken"}) /\ counter < MaxToken
       THEN /\ counter' = counter + 1
            /\ lock' = Granted(m.client, counter')
            /\ Send({Message("granted", m.client, counter')})
       ELSE UNCHANGED <<counter, lock, net>>
    /\ Break("A2", lock' # None /\ lock'.token # lock.token)
    /\ UNCHANGED <<regressions, client, storage, past, accepted>>

\* The answer is left out: all that it changes is how long the client believes, and that may be any time.
Renew ==
  \E m \in Sent("renew") :
    /\ lock' = IF Owns(m.client) THEN [lock EXCEPT !.expires = TRUE]
               ELSE IF lock = None /\ Is({"renewalCreates"})
               THEN [holder |-> m.client, token |-> m.token, expires |-> TRUE]
               ELSE lock
    /\ Break("B3", lock' # lock /\ ~Owns(m.client))
    /\ UNCHANGED <<counter, regressions, net, client, storage, past, accepted>>

\* A hand-off is this step and a Grant in one.
Release ==
  \E m \in Sent("release") :
    /\ lock # None
    /\ Owns(m.client) \/ Is({"releaseOfAny"})
    /\ lock' = None /\ Over
    /\ Break("C1", ~Owns(m.client))
    /\ UNCHANGED <<counter, regressions, net, client, storage, accepted>>

Expire ==
  /\ lock # None /\ lock.expires
  /\ lock' = None /\ Over
  /\ UNCHANGED <<counter, regressions, net, client, storage, accepted, broken>>

\* Flush, eviction, restart without data, failover to a replica that lacks writes: the counter goes back, the lock is gone, or an
\* earlier grant is there again.
Regress ==
  /\ regressions < MaxRegressions /\ counter > 0
  /\ regressions' = regressions + 1
  /\ counter' \in 0 .. counter - 1
  /\ lock' \in {None, lock} \union {Granted(m.client, m.token) : m \in Sent("granted")}
  /\ past' = 0
  /\ UNCHANGED <<net, client, storage, accepted, broken>>

-------------------------------------------------------------------------------
(* The clients.                                                             *)

\* Each request of an attempt is the same, so one message stands for all. Whoever was told in a refusal which token is the highest
\* may ask for one above (D4).
Ask(c) ==
  /\ phase[c] = "idle"
  /\ phase' = [phase EXCEPT ![c] = "asking"]
  /\ \E floor \in {0} \union {m.token : m \in Sent("stale")} : Send({Message("acquire", c, floor)})
  /\ UNCHANGED <<service, token, advanced, value, storage, past, accepted, broken>>

\* Its renewals and its advance are on their way from now on. That a message may be delivered never covers those that are not sent.
TakeGrant(c) ==
  /\ phase[c] = "asking" \/ (Is({"lateGrantTaken"}) /\ phase[c] = "ended" /\ token[c] = 0)
  /\ \E m \in Sent("granted") :
       /\ m.client = c
       /\ token' = [token EXCEPT ![c] = m.token]
       /\ Send({Message("renew", c, m.token), Message("advance", c, m.token)})
  /\ phase' = [phase EXCEPT ![c] = "holding"]
  /\ UNCHANGED <<service, advanced, value, storage, past, accepted, broken>>

\* Cancel, time-out, loss, a refused token, the end of the work: from now on the client sends nothing but releases. The one that
\* compensates for a cancelled acquire may overtake it. What the storage has of it goes on.
End(c) ==
  /\ phase[c] \in {"asking", "holding", "committing"}
  /\ phase' = [phase EXCEPT ![c] = "ended"]
  /\ Send({Message("release", c, 0)})
  /\ UNCHANGED <<service, token, advanced, value, storage, past, accepted, broken>>

HearAdvance(c) ==
  /\ phase[c] = "holding" /\ ~advanced[c]
  /\ Message("advanced", c, token[c]) \in net
  /\ advanced' = [advanced EXCEPT ![c] = TRUE]
  /\ UNCHANGED <<service, net, phase, token, value, storage, past, accepted, broken>>

\* After the advance, in a transaction or not; or in a transaction after the check (E2, E7).
Read(c) ==
  /\ phase[c] = "holding" /\ value[c] = None
  /\ advanced[c] \/ tx[c] = "checked" \/ Is({"noGuard", "readBeforeAdvance"})
  /\ value' = [value EXCEPT ![c] = data]
  /\ UNCHANGED <<service, net, phase, token, advanced, storage, past, accepted, broken>>

\* The write and the request to commit. An operation that is there already meets its own id (E9).
Write(c) ==
  /\ phase[c] = "holding" /\ tx[c] = "checked" /\ value[c] # None
  /\ IF data[c] > 0 /\ ~Is({"noOperationId"})
     THEN /\ phase' = [phase EXCEPT ![c] = "acked"]
          /\ tx' = [tx EXCEPT ![c] = "none"]
          /\ Send({Message("release", c, 0)})
     ELSE /\ phase' = [phase EXCEPT ![c] = "committing"]
          /\ tx' = [tx EXCEPT ![c] = "committing"]
          /\ UNCHANGED net
  /\ UNCHANGED <<service, token, advanced, value, fence, data, past, accepted, broken>>

Acknowledge(c) ==
  /\ phase[c] = "committing" /\ tx[c] = "committed"
  /\ phase' = [phase EXCEPT ![c] = "acked"]
  /\ tx' = [tx EXCEPT ![c] = "none"]
  /\ Send({Message("release", c, 0)})
  /\ UNCHANGED <<service, token, advanced, value, fence, data, past, accepted, broken>>

\* The reply to the commit did not come. The next check has to wait until the transaction is over, one way or the other. What was
\* read may be used again by a holder that has advanced.
Repeat(c) ==
  /\ phase[c] = "committing" /\ tx[c] \in {"none", "committed"}
  /\ phase' = [phase EXCEPT ![c] = "holding"]
  /\ tx' = [tx EXCEPT ![c] = "none"]
  /\ value' \in {[value EXCEPT ![c] = v] : v \in {None} \union (IF advanced[c] THEN {value[c]} ELSE {})}
  /\ UNCHANGED <<service, net, token, advanced, fence, data, past, accepted, broken>>

-------------------------------------------------------------------------------
(* The storage: fencing_guard.sql, and the table that it guards.            *)

RowFree ==
  \/ Is({"noGuard", "checkThenWrite", "noRowLock"})
  \/ \A c \in Clients : tx[c] \notin {"checked", "committing"}

Accept(t, c) == accepted' = accepted \union {[token |-> t, holder |-> c]}
IsHighest(t, c) == fence.token = t /\ fence.holder = c

\* A transaction of its own. It waits for the row lock of those that write.
Advance ==
  \E m \in Sent("advance") :
    /\ RowFree
    /\ IF \/ m.token > fence.token
          \/ IsHighest(m.token, m.client)
          \/ (Is({"advanceOfEqual"}) /\ m.token = fence.token)
          \/ Is({"advanceOfLower"})
       THEN /\ fence' = [token |-> m.token, holder |-> m.client]
            /\ Accept(m.token, m.client)
            /\ Send({Message("advanced", m.client, m.token)})
       ELSE /\ Send({Message("stale", m.client, fence.token)})
            /\ UNCHANGED <<fence, accepted>>
    /\ UNCHANGED <<service, client, data, tx, past, broken>>

\* The mistake alone: the advance is part of a transaction that is rolled back after the client was answered.
AdvanceRolledBack ==
  /\ Is({"advanceRolledBack"})
  /\ \E m \in Sent("advance") : m.token > fence.token /\ Send({Message("advanced", m.client, m.token)})
  /\ UNCHANGED <<service, client, storage, past, accepted, broken>>

\* The row lock that it takes lasts as long as the transaction. A refused check changes nothing, and one that passes is worth
\* nothing until the commit: the same token may then have come from two holders, one of which was rolled back.
Check(c) ==
  /\ phase[c] = "holding" /\ tx[c] = "none"
  /\ \/ Is({"noGuard"})
     \/ /\ fence.token > 0 /\ RowFree
        /\ token[c] > fence.token \/ IsHighest(token[c], c)
  /\ tx' = [tx EXCEPT ![c] = "checked"]
  /\ UNCHANGED <<service, net, client, fence, data, past, accepted, broken>>

\* A token above the highest becomes the highest.
Commit(c) ==
  /\ tx[c] = "committing"
  /\ tx' = [tx EXCEPT ![c] = IF phase[c] = "committing" THEN "committed" ELSE "none"]
  /\ data' = [value[c] EXCEPT ![c] = @ + 1]
  /\ fence' = IF token[c] > fence.token THEN [token |-> token[c], holder |-> c] ELSE fence
  /\ Accept(token[c], c)
  /\ Break("E1", ~(token[c] > fence.token \/ IsHighest(token[c], c)))
  /\ UNCHANGED <<service, net, client, past>>

\* A rollback, a deadlock, a killed session, a time-out, a lost connection. What was read in it counts no more, unless the advance
\* was committed before.
Abort(c) ==
  /\ tx[c] \in {"checked", "committing"}
  /\ tx' = [tx EXCEPT ![c] = "none"]
  /\ value' = IF phase[c] = "holding" /\ ~advanced[c] /\ ~Is({"valueSurvivesRollback", "readBeforeAdvance"})
              THEN [value EXCEPT ![c] = None] ELSE value
  /\ UNCHANGED <<service, net, phase, token, advanced, fence, data, past, accepted, broken>>

-------------------------------------------------------------------------------
Next ==
  \/ Grant \/ GrantNumber \/ GrantAgain \/ Renew \/ Release \/ Expire \/ Regress
  \/ Advance \/ AdvanceRolledBack
  \/ \E c \in Clients :
       \/ Ask(c) \/ TakeGrant(c) \/ End(c) \/ HearAdvance(c) \/ Read(c) \/ Write(c) \/ Acknowledge(c) \/ Repeat(c)
       \/ Check(c) \/ Commit(c) \/ Abort(c)

Spec == Init /\ [][Next]_vars

-------------------------------------------------------------------------------
(* What must hold.                                                          *)

TypeOK ==
  /\ lock = None \/ lock \in [holder : Clients, token : 1 .. MaxToken, expires : BOOLEAN]
  /\ counter \in 0 .. MaxToken
  /\ net \subseteq [kind : {"acquire", "number", "granted", "renew", "release", "advance", "advanced", "stale"},
                    client : Clients, token : 0 .. MaxToken]
  /\ phase \in [Clients -> {"idle", "asking", "holding", "committing", "acked", "ended"}]
  /\ token \in [Clients -> 0 .. MaxToken]
  /\ advanced \in [Clients -> BOOLEAN]
  /\ fence \in [token : 0 .. MaxToken, holder : Clients \union {None}]
  /\ tx \in [Clients -> {"none", "checked", "committing", "committed"}]

\* What was acknowledged is in the data.
NoLostUpdate == \A c \in Clients : phase[c] = "acked" => data[c] > 0

\* What was committed stays, acknowledged or not.
CommittedStays == [][\A c \in Clients : data'[c] >= data[c]]_vars

\* An operation takes effect once, however often it is repeated (E9).
AppliedOnce == \A c \in Clients : data[c] <= 1

\* Nothing is committed below the highest token, or with it by another holder (E1).
NoStaleWrite == "E1" \notin broken

\* No token is accepted from two holders, even if two got it (D3, E3).
OneHolderPerToken == \A a, b \in accepted : a.token = b.token => a.holder = b.holder

\* The fence only rises, and changes its holder only when it rises.
FenceRises == [][fence' = fence \/ fence'.token > fence.token]_vars

\* A grant has a higher token than each grant that ended before it, as long as the service loses nothing (D1).
TokensRise == lock # None => lock.token > past

\* An attempt that comes again keeps its token (A2, D8).
ReplayKeepsToken == "A2" \notin broken

\* A release frees nobody else's lock (C1).
ReleaseFreesOwn == "C1" \notin broken

\* A renewal neither creates a lock nor touches another holder's (B3).
RenewalCreatesNothing == "B3" \notin broken

\* A client that has ended holds nothing ever again, whatever it hears: so it renews nothing (A3, B2, B5).
EndedStaysEnded == \A m \in Sent("release") : phase[m.client] \in {"ended", "acked"}

\* A grant that nobody has is on its way out (A1, A3).
OrphansExpire == lock # None /\ phase[lock.holder] \in {"ended", "acked"} => lock.expires

\* Of a client that has ended, what it knew makes no difference any more.
View ==
  <<service, net, storage, past, accepted, broken, phase,
    [c \in Clients |-> IF phase[c] \in {"ended", "acked"} /\ tx[c] # "committing" THEN token[c] = 0
                       ELSE <<token[c], advanced[c], value[c]>>]>>
===============================================================================
