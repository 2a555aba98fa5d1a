# SPDX-License-Identifier: Apache-2.0
"""Policies that were proven before: the same bytes open the same again, and
nothing else does."""
import time
import unittest

from apis import basic
from filestack_cdn import PNG
from filestack_policy import PolicyTest, secure
from harness import wait_until
from policies import in_query, in_task, make
from rawhttp import request
from tenants import add_account, add_key, revoke_key, tool


class AgainTest(PolicyTest):
    def assert_statuses(self, *targets_and_statuses):
        """Whatever the one before has left behind."""
        for _ in range(3):
            for target, status in targets_and_statuses:
                with self.subTest(target):
                    self.assertEqual(self.get(target).status, status)

    def shown(self, handle, proof):
        """Where a policy may stand."""
        return (in_query(f"/{handle}", proof),
                in_query(f"/resize=width:9/{handle}", proof),
                f"/{in_task(proof)}/resize=width:9/{handle}",
                f"/resize=width:9/{in_task(proof)}/{handle}")

    def test_the_first_of_two_counts(self):
        handle = self.stored()
        policy, signature = self.proof("read")
        stat, signed = self.proof("stat")
        self.assert_statuses(
            (f"/{handle}?policy={policy}&signature={signature}", 200),
            (f"/{handle}?policy={policy}&policy={stat}"
             f"&signature={signature}", 200),
            (f"/{handle}?policy={stat}&policy={policy}"
             f"&signature={signature}", 403),
            (f"/{handle}?policy={policy}&signature={signature}"
             f"&policy={stat}&signature={signed}", 200),
            (f"/{handle}?policy={stat}&signature={signed}"
             f"&policy={policy}&signature={signature}", 403),
            (f"/{handle}?signature={signed}&policy={policy}"
             f"&signature={signature}", 403))

    def test_each_spelling_is_judged_by_itself(self):
        handle = self.stored()
        policy, signature = self.proof("read")
        escaped = "".join(f"%{ord(c):02x}" for c in policy)
        self.assert_statuses(
            (f"/{handle}?policy={policy}&signature={signature}", 200),
            (f"/{handle}?p%6flicy={policy}&signature={signature}", 200),
            (f"/{handle}?policy={escaped}&s%69gnature={signature}", 200),
            (f"/{handle}?signature={signature}&policy={policy}", 200),
            (f"/{handle}?policy={policy}&signature={signature}&dl=true", 200),
            (f"/{handle}?policy={policy}&signature={signature.upper()}", 403),
            (f"/{handle}?Policy={policy}&signature={signature}", 403),
            (f"/{handle}?policy={policy}&signature={signature}%00", 403),
            (f"/{handle}?policy={policy}&signature={signature}+", 403),
            (f"/{handle}?policy={escaped[3:]}&signature={signature}", 403),
            (f"/{handle}?policy={policy}&amp;signature={signature}", 403),
            (f"/{handle}?policy={policy}", 403),
            (f"/{handle}?signature={signature}", 403))

    def test_what_one_account_has_signed_opens_nothing_of_another(self):
        secret, public = add_account(self.server, "neighbour")
        response = request(self.server, "POST", "/api/store/S3?filename=a.png",
                           {**basic("app", secret),
                            "Content-Type": "image/png"}, PNG)
        theirs, ours = response.json()["handle"], self.stored(PNG, "a.png")
        secure(self.server, "neighbour", public)
        calls = "read", "convert"
        pairs = []
        for proof, own, other in ((self.proof(*calls), ours, theirs),
                                  (make(secret, *calls), theirs, ours)):
            pairs += [(target, 200) for target in self.shown(own, proof)]
            pairs += [(target, 403) for target in self.shown(other, proof)]
        self.assert_statuses(*pairs)

    def test_what_is_proven_allows_what_it_says(self):
        handle, other = self.stored(PNG, "a.png"), self.stored(PNG, "b.png")
        proof = self.proof("convert", handle=handle)
        pairs = [(target, 200) for target in self.shown(handle, proof)[1:]]
        pairs += [(target, 403) for target in self.shown(other, proof)]
        self.assert_statuses(*pairs, (in_query(f"/{handle}", proof), 403))

    def test_a_chains_policy_goes_before_its_querys_each_time(self):
        handle = self.stored(PNG, "a.png")
        good, bad = self.proof("convert"), self.proof("stat")
        chain = f"resize=width:9/{handle}"
        self.assert_statuses(
            (f"/{in_task(good)}/{chain}", 200),
            (in_query(f"/{in_task(good)}/{chain}", bad), 200),
            (in_query(f"/{in_task(bad)}/{chain}", good), 403),
            (in_query(f"/{chain}", good), 200),
            (in_query(f"/{chain}", bad), 403),
            (f"/{in_task(bad)}/{chain}", 403))

    def test_what_was_shown_is_not_when_the_policy_has_expired(self):
        handle = self.stored(PNG, "a.png")
        for ahead in (3, 6, 12, 24):
            until = int(time.time()) + ahead
            targets = self.shown(handle, self.proof(expiry=until))
            # of two the one in the chain counts, also where it is good no more
            targets += (in_query(targets[-1], self.proof()),)
            statuses = [self.get(target).status for target in targets]
            if time.time() < until:
                break
        self.assertEqual(statuses, [200] * len(targets))
        self.assertTrue(wait_until(lambda: time.time() > until + 0.1))
        self.assert_statuses(*((target, 403) for target in targets))

    def test_what_was_shown_is_not_when_its_secret_is_revoked(self):
        handle = self.stored(PNG, "a.png")
        key = add_key(self.server, "secret")
        targets = self.shown(handle, make(key))
        targets += (in_query(targets[-1], self.proof()),)
        self.assert_statuses(*((target, 200) for target in targets))
        revoke_key(self.server, key)
        self.assertTrue(wait_until(
            lambda: self.get(targets[0]).status == 403))
        self.assert_statuses(*((target, 403) for target in targets))

    def test_the_switch_is_asked_each_time(self):
        handle = self.stored(PNG, "a.png")
        plain = f"/resize=width:9/{handle}"
        bad, good = self.proof("stat"), self.proof("convert")
        mixed = in_query(f"/{in_task(bad)}{plain}", good)
        tool(self.server, "accounts", "set", "default",
             "--filestack-security", "off")
        self.assertTrue(wait_until(lambda: self.get(plain).status == 200))
        self.assert_statuses((mixed, 200), (f"/{in_task(bad)}{plain}", 200))
        secure(self.server)
        self.assertTrue(wait_until(lambda: self.get(plain).status == 403))
        self.assert_statuses((mixed, 403), (f"/{in_task(bad)}{plain}", 403),
                             (in_query(plain, good), 200))


if __name__ == "__main__":
    unittest.main()
