"""Was everything that clients saw of a session as if one machine had answered, one request after the other?

Versions of a session form one chain, so the order of the writes is known, and with it linearisability is decided
exactly: version k became the active one at some moment of its upload, after version k-1 and not before any reader had
still seen an older one, nor after any reader had seen it or a newer one.

usage: history.py        feeds wrong histories to the checker: does it see each?
"""

import collections
import math
import sys

Read = collections.namedtuple("Read", "begin end value")            # value: None if there was no session
Write = collections.namedtuple("Write", "begin end value before outcome")  # outcome: stored, refused or unknown


def fault(chain, operations):
    """What is wrong with a history of one session, or None. `chain`: the values of its versions, oldest first."""
    place = {value: number for number, value in enumerate(chain, 1)}
    place[None] = 0
    count = len(chain)
    earliest, latest = [-math.inf] * (count + 2), [math.inf] * (count + 2)
    for operation in operations:
        if isinstance(operation, Read):
            if operation.value not in place:
                return f"{operation} saw what is not in the chain"
            number = place[operation.value]
            latest[number] = min(latest[number], operation.end)
            earliest[number + 1] = max(earliest[number + 1], operation.begin)
            continue
        number = place.get(operation.value)
        if operation.outcome == "stored" and number is None:
            return f"{operation} was acknowledged and is lost"
        if operation.outcome == "refused" and number is not None:
            return f"{operation} was refused and is stored"
        if number is None:
            continue
        if chain[number - 2] != operation.before if number > 1 else operation.before is not None:
            return f"{operation} follows another version than it said"
        earliest[number] = max(earliest[number], operation.begin)
        if operation.outcome == "stored":
            latest[number] = min(latest[number], operation.end)
    for number in range(1, count + 1):
        earliest[number] = max(earliest[number], earliest[number - 1])
    for number in range(count, 0, -1):
        latest[number] = min(latest[number], latest[number + 1])
    for number in range(1, count + 1):
        if earliest[number] > latest[number]:
            return (f"version {number} ({chain[number - 1]}) became active not before {earliest[number]:.6f} "
                    f"and not after {latest[number]:.6f}")
    for operation in operations:
        if isinstance(operation, Write) and operation.outcome == "refused":
            number = place.get(operation.before)
            if number is None:
                return f"{operation} names a version that is not in the chain"
            next_one = earliest[number + 1] if number < count else math.inf
            if next_one > operation.end and latest[number] < operation.begin:
                return f"{operation} was refused although that was the active version all the time"
    return None


def self_test():
    """Right histories pass, each wrong one is seen."""
    chain = ["a", "b"]
    writes = [Write(0, 1, "a", None, "stored"), Write(2, 5, "b", "a", "stored")]
    right = [
        (chain, writes + [Read(3, 4, "a"), Read(3, 4, "b"), Read(6, 7, "b")]),
        (["a"], writes[:1] + [Write(2, 5, "b", "a", "unknown"), Read(9, 9, "a")]),
        (chain, writes[:1] + [Write(2, 3, "b", "a", "unknown"), Read(8, 9, "a"), Read(10, 11, "b")]),
        (chain, writes + [Write(4, 6, "c", "a", "refused")]),
    ]
    wrong = [
        (["a"], writes),                                                # a lost write
        (chain, writes + [Read(6, 7, "a")]),                            # a stale read
        (chain, writes + [Read(2.5, 3, "b"), Read(3.5, 4, "a")]),       # two readers, back in time
        (chain, writes + [Read(1.5, 1.8, "b")]),                        # from the future
        (chain, writes + [Read(6, 7, None)]),                           # gone
        (chain, writes + [Read(6, 7, "x")]),                            # never sent
        (chain, writes[:1] + [Write(2, 5, "b", "a", "refused")]),       # refused and stored
        (chain, writes[:1] + [Write(2, 5, "b", None, "stored")]),       # a lost update
        (chain, writes + [Write(6, 7, "c", "b", "refused")]),           # refused for nothing
    ]
    for number, (versions, operations) in enumerate(right):
        found = fault(versions, operations)
        assert found is None, f"right history {number}: {found}"
    for number, (versions, operations) in enumerate(wrong):
        assert fault(versions, operations) is not None, f"wrong history {number} passes"
    return len(wrong)


if __name__ == "__main__":
    print(f"{self_test()} wrong histories, all seen")
    sys.exit(0)
