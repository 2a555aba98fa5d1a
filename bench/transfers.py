# SPDX-License-Identifier: Apache-2.0
"""Large files in parts, as resumable uploads send them."""
import os


def whole(kind):
    """The file once."""
    def make(bench, server):
        def run():
            try:
                return server.send(kind, bench.transfer())
            finally:
                server.clear()
        return run
    return make


def beside_raw(kind):
    """The same bytes in one request, in the same round, first or last."""
    def make(bench, server):
        order = ["raw", kind]

        def one(each):
            if not bench.options.smoke:
                os.sync()
            try:
                return server.send(each, bench.transfer())
            finally:
                server.clear()

        def run():
            done = {each: one(each) for each in order}
            order.reverse()
            return {**done[kind],
                    "rate": done[kind]["rate"] / done["raw"]["rate"]}
        return run
    return make


def memory(bench, server):
    """The most that the server has, with what it has when it is idle."""
    def run():
        try:
            round_, most = server.watch_rss(
                lambda: server.send("md5", bench.transfer()))
            return {**round_, "rate": most / 1024}
        finally:
            server.clear()
    return run
