#!/usr/bin/env python3
"""workloads.py OUT [A] [B] [C] [D] [--id NAME] [--scale X] [--days N] …

Writes the workloads that docs/performance.md measures: for each one asked for (all four without a name) a scenario
`OUT/<id>.yaml` and its data in the folder `OUT/<id>/`. The same arguments give the same bytes on every machine.

A, B, C   bare Pods that come over a day, run 30 to 600 s and succeed, on equal nodes, without a control plane's delays
          A  1,000 nodes, 100,000 pods    B  5,000 nodes, 150,000 pods    C  200 nodes, 100,000 pods, all on the hour
D         5,000 nodes for a day under a real control plane: 20 DaemonSets, one of them rolled out anew, 2,000 CronJobs,
          Indexed Jobs of up to 10,000 completions, 2 % of the Jobs' pods failing, 20 nodes that crash and recover;
          1,000,000 pods in all

The options shape D. A period of less than a day holds its share of the day's Jobs and crashes; longer ones repeat
the day with draws of their own. `--scale` multiplies nodes, CronJobs, Job pods, completions and crashes alike, and
`--id` names a variant, so that it stands beside D.

Draws are splitmix64's. A, B and C take from one stream with the state `--seed`, for each pod: submission, duration,
processor, memory; a draw from [a, b] is a + next % (b - a + 1). Pods are sorted by submission, those of one second by
the order of their draws, and named by their rank.

Needs Python 3.9. Exit status: 0 written, 1 a file cannot be written, 2 the arguments are wrong.
"""
import argparse, json, math
from pathlib import Path

MASK = (1 << 64) - 1
DAY_S = 86_400
# A run of podtime ends after a year, and a cluster a hundred times as large as Kubernetes' limits answers no question.
DAYS_MAX, SCALE_MAX = 366, 100
# The streams of D: a variant that has more of one thing leaves the draws of the others as they were.
CRONJOB_DRAWS, DAEMONSET_DRAWS, ARRIVAL_DRAWS, CRASH_DRAWS = 1, 2, 3, 4


class Stream:
    """splitmix64 (Steele, Lea and Flood, 2014)."""

    def __init__(self, seed: int, purpose: int = 0):
        self.state = (seed + (purpose << 32)) & MASK

    def next(self) -> int:
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & MASK
        return mixed ^ (mixed >> 31)

    def between(self, low: int, high: int) -> int:
        return low + self.next() % (high - low + 1)

    def one_of(self, choices):
        return choices[self.next() % len(choices)]


# --- YAML, as little of it as is needed --------------------------------------------------------------------------


def scalar(value) -> str:
    """A value on one line. Texts that could be read as something else are quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {scalar(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(scalar, value)) + "]"
    if isinstance(value, str) and value and value[0].isalpha() and not set(value) & set(":#,{}[]'\"") and value not in ("true", "false"):
        return value
    return json.dumps(value)


def block(value, indent: str) -> str:
    """A mapping or a list over several lines, each part of it that fits on one line of 110 characters on one line."""
    lines = ""
    pairs = value.items() if isinstance(value, dict) else [(None, item) for item in value]
    for key, item in pairs:
        head = indent + ("- " if key is None else f"{key}: ")
        line = head + scalar(item)
        if not isinstance(item, (dict, list)) or not item or len(line) <= 110:
            lines += line + "\n"
        elif key is None:
            lines += head + block(item, indent + "  ")[len(head):]
        else:
            lines += head.rstrip() + "\n" + block(item, indent if isinstance(item, list) else indent + "  ")
    return lines


def write_yaml(path: Path, documents: list) -> None:
    path.write_text("---\n".join(block(document, "") for document in documents))


def write_csv(path: Path, header: str, rows) -> None:
    with path.open("w", newline="\n") as file:
        file.write(header + "\n")
        file.writelines(",".join(map(str, row)) + "\n" for row in rows)


def scenario(name: str, description: str, spec: dict) -> dict:
    return {"apiVersion": "podtime/v1", "kind": "Scenario", "metadata": {"name": name, "description": description}, "spec": spec}


# --- A, B and C ----------------------------------------------------------------------------------------------------

TRACES = {"A": (1000, 100_000, False), "B": (5000, 150_000, False), "C": (200, 100_000, True)}


def traced_pods(seed: int, pods: int, hourly: bool) -> list:
    """Rows of (submission s, draw, duration s, millicores, MiB), sorted."""
    stream, rows = Stream(seed), []
    for draw in range(pods):
        submission = stream.between(0, DAY_S - 1)
        if hourly:
            submission -= submission % 3600
        rows.append((submission, draw, stream.between(30, 600), stream.between(1, 20) * 100, stream.between(1, 32) * 128))
    return sorted(rows)


def write_trace(out: Path, name: str, seed: int) -> None:
    nodes, pods, hourly = TRACES[name]
    rows = traced_pods(seed, pods, hourly)
    (out / name).mkdir(parents=True, exist_ok=True)
    write_csv(
        out / name / "pods.csv",
        "name,submit_s,duration_s,cpu_m,mem_mib",
        ((f"pod-{rank}", row[0], *row[2:]) for rank, row in enumerate(rows)),
    )
    trace = {
        "name": "trace",
        "file": f"{name}/pods.csv",
        "columns": {"name": "name", "at": "submit_s", "run": "duration_s", "cpu": "cpu_m", "memory": "mem_mib"},
        "object": {"apiVersion": "v1", "kind": "Pod", "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "job"}]}},
    }
    spec = {
        "start": "2026-01-05T00:00:00Z",
        "cluster": {
            "controlPlane": "ideal",
            "pools": [{"name": "node", "count": nodes, "node": {"status": {"allocatable": {"cpu": "16", "memory": "64Gi", "pods": "110"}}}}],
        },
        # A pod runs for just its duration, so that the work done can be compared with the work asked for.
        "behaviors": [{"match": {"kind": "Pod"}, "startup": "0s"}],
        "arrivals": [trace],
    }
    described = f"{pods:,} bare pods on {nodes:,} nodes, {'every hour on the hour' if hourly else 'spread over a day'}"
    write_yaml(out / f"{name}.yaml", [scenario(f"workload-{name.lower()}", described, spec)])


# --- D: the cluster ------------------------------------------------------------------------------------------------

# Pools: name, share of the nodes in percent, cores, GiB, labels, whether it is tainted for batch work.
POOLS = [
    *((f"general-{zone}", 24, 16, 64, {"tier": "general", "topology.kubernetes.io/zone": zone}, False) for zone in "abc"),
    *((f"batch-{zone}", 8, 32, 128, {"tier": "batch", "topology.kubernetes.io/zone": zone}, True) for zone in "abc"),
    ("highmem-a", 4, 64, 512, {"tier": "highmem", "topology.kubernetes.io/zone": "a"}, False),
]
BATCH_TAINT = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}


def pool_counts(nodes: int) -> dict:
    """Nodes of each pool; they add up to `nodes`."""
    counts, share, given = {}, 0, 0
    for name, percent, *_ in POOLS:
        share += percent
        counts[name] = nodes * share // 100 - given
        given += counts[name]
    return counts


def pools(nodes: int) -> list:
    made = []
    for name, _, cores, gib, labels, tainted in POOLS:
        node = {"metadata": {"labels": labels}, "status": {"allocatable": {"cpu": str(cores), "memory": f"{gib}Gi", "pods": "110"}}}
        if tainted:
            node["spec"] = {"taints": [BATCH_TAINT]}
        made.append({"name": name, "count": pool_counts(nodes)[name], "node": node})
    return [pool for pool in made if pool["count"]]


def crashes(stream: Stream, args, day: int) -> list:
    """Nodes that are lost for 10 minutes to an hour, no node twice on a day, and all back before the day ends."""
    names = [f"{pool}-{number}" for pool, count in pool_counts(args.nodes).items() for number in range(1, count + 1)]
    made = []
    for _ in range(min(round(args.crashes * args.day_s / DAY_S), len(names))):
        node = names.pop(stream.between(0, len(names) - 1))
        at = day * args.day_s + stream.between(args.day_s // 24, args.day_s * 22 // 24)
        back = at + stream.between(600, 3600) * args.day_s // DAY_S
        made += [(at, {"at": f"{at}s", "node": {"crash": node}}), (back, {"at": f"{back}s", "node": {"recover": node}})]
    return made


# --- D: the workloads ----------------------------------------------------------------------------------------------


def resources(cpu_m: int, memory_mib: int) -> dict:
    return {"requests": {"cpu": f"{cpu_m}m", "memory": f"{memory_mib}Mi"}}


def daemonset_name(number: int) -> str:
    return f"agent-{number:02}"


def daemonsets(stream: Stream, args) -> list:
    made = []
    for number in range(1, args.daemonsets + 1):
        name = daemonset_name(number)
        main = {"name": "main", "image": f"{name}:v1", "resources": resources(stream.between(2, 10) * 10, stream.between(2, 8) * 16)}
        template = {
            "metadata": {"labels": {"app": name}},
            "spec": {"tolerations": [{"operator": "Exists"}], "containers": [main]},
        }
        spec = {
            "selector": {"matchLabels": {"app": name}},
            "updateStrategy": {"rollingUpdate": {"maxUnavailable": "10%"}},
            "template": template,
        }
        made.append({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": name}, "spec": spec})
    return made


# Minutes between two runs -> what such CronJobs are called; behaviors find them by it.
PERIODS = {5: "tick", 10: "tick", 15: "sync", 20: "sync", 30: "report", 60: "report"}
# Completions of a CronJob's Jobs, 2.0 on average.
CRON_COMPLETIONS = [1] * 12 + [2] * 3 + [4] * 3 + [5] * 2
# Nodes that some CronJobs ask for.
SELECTORS = [None] * 17 + [{"tier": "general"}, {"topology.kubernetes.io/zone": "b"}, {"tier": "highmem"}]


def cronjobs(stream: Stream, args) -> tuple:
    """The CronJobs, and the completions that one period of the scenario asks of them."""
    made, completions_in_all = [], 0
    for number in range(1, args.cronjobs + 1):
        period = stream.one_of(list(PERIODS))
        phase = stream.between(0, period - 1)
        completions = stream.one_of(CRON_COMPLETIONS)
        side_by_side = stream.one_of([1, completions])
        policy = stream.one_of(["Allow", "Forbid", "Forbid", "Replace"])
        kept = stream.one_of([{}, {"successfulJobsHistoryLimit": 1}, {"ttlSecondsAfterFinished": 900}])
        main = {"name": "main", "image": f"{PERIODS[period]}:v1", "resources": resources(stream.between(1, 10) * 50, stream.between(1, 8) * 64)}
        pod = {"restartPolicy": "Never", "containers": [main]}
        selector = stream.one_of(SELECTORS)
        if selector:
            pod["nodeSelector"] = selector
        job = {"completions": completions, "parallelism": side_by_side}
        if "ttlSecondsAfterFinished" in kept:
            job.update(kept)
        job["template"] = {"spec": pod}
        minutes = str(phase) if period == 60 else f"{phase}-59/{period}" if phase else f"*/{period}"
        spec = {"schedule": f"{minutes} * * * *", "concurrencyPolicy": policy}
        if "successfulJobsHistoryLimit" in kept:
            spec.update(kept)
        spec["jobTemplate"] = {"spec": job}
        made.append({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": f"{PERIODS[period]}-{number:04}"}, "spec": spec})
        completions_in_all += completions * (args.day_s // 60 // period)
    return made, completions_in_all


def indexed_classes(args, cron_completions: int) -> list:
    """Indexed Jobs of a day: name, Jobs, completions, parallelism, part of the day in which they come (in 1/288).

    Six of the largest come within 20 minutes at night and make the day's peak; 18 more run over the day, a quarter of
    their pods side by side. What CronJobs and these leave of the Job pods goes to smaller Jobs, three fifths of it to
    medium ones.
    """
    share = args.day_s / DAY_S
    medium, small = max(args.largest // 5, 1), max(args.largest // 50, 1)
    nightly, large = round(6 * share), round(18 * share)
    adhoc = args.day_s / args.adhoc_gap * ADHOC_COMPLETIONS
    # Of a Job's pods so many succeed; the rest are attempts that fail and are made again.
    succeed = args.job_pods * share * (1 - args.failures)
    left = max(succeed - cron_completions - adhoc - (nightly + large) * args.largest, 0)
    mediums = round(left * 3 / 5 / medium)
    smalls = max(round((left - mediums * medium) / small), 0)
    return [
        ("nightly", nightly, args.largest, args.largest, 24, 28),
        ("large", large, args.largest, max(args.largest // 4, 1), 42, 272),
        ("medium", mediums, medium, max(medium // 2, 1), 12, 276),
        ("small", smalls, small, small, 12, 280),
    ]


ADHOC_COMPLETIONS = 2


def indexed_job(completions: int, parallelism: int) -> dict:
    pod = {
        "restartPolicy": "Never",
        "tolerations": [{**BATCH_TAINT, "operator": "Equal"}],
        "containers": [{"name": "main", "image": "batch:v1"}],
    }
    spec = {
        "completionMode": "Indexed",
        "completions": completions,
        "parallelism": parallelism,
        # A limit for the whole Job would end the largest ones after the first few of their pods.
        "backoffLimitPerIndex": 4,
        "ttlSecondsAfterFinished": 600,
        "template": {"spec": pod},
    }
    return {"apiVersion": "batch/v1", "kind": "Job", "spec": spec}


def arrivals(stream: Stream, args, folder: Path, classes: list) -> list:
    made = []
    for name, count, completions, parallelism, first, last in classes:
        rows = []
        for day in range(args.whole_days):
            submissions = sorted(stream.between(args.day_s * first // 288, args.day_s * last // 288 - 1) for _ in range(count))
            rows += [
                (f"{name}-{day + 1}-{rank}", day * args.day_s + submission, stream.between(1, 4) * 250, stream.between(2, 8) * 256)
                for rank, submission in enumerate(submissions, 1)
            ]
        if not rows:
            continue
        write_csv(folder / f"{name}.csv", "name,submit_s,cpu_m,mem_mib", rows)
        columns = {"name": "name", "at": "submit_s", "cpu": "cpu_m", "memory": "mem_mib"}
        made.append({"name": name, "file": f"{folder.name}/{name}.csv", "columns": columns, "object": indexed_job(completions, parallelism)})
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "adhoc:v1", "resources": resources(500, 1024)}]}
    job = {"completions": ADHOC_COMPLETIONS, "parallelism": ADHOC_COMPLETIONS, "ttlSecondsAfterFinished": 3600, "template": {"spec": pod}}
    adhoc = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "adhoc-"}, "spec": job}
    return made + [{"name": "adhoc", "times": {"exponential": {"mean": f"{args.adhoc_gap}s"}}, "object": adhoc}]


def behaviors(args) -> list:
    """What containers do. Every Job's pods fail alike; how long they run depends on what they are."""
    runs = [
        ("CronJob", "tick-*", "30s", "90s"),
        ("CronJob", "sync-*", "2m", "6m"),
        ("CronJob", "report-*", "5m", "20m"),
        ("Job", "nightly-*", "45m", "80m"),
        ("Job", "large-*", "10m", "20m"),
        ("Job", "medium-*", "5m", "12m"),
        ("Job", "small-*", "2m", "6m"),
        ("Job", "adhoc-*", "5m", "30m"),
    ]
    made = [{"match": {"kind": "DaemonSet"}, "imagePull": "8s", "startup": "2s", "readyAfter": "3s", "run": "forever", "terminate": "2s"}]
    for kind, name, median, p95 in runs:
        run = {"lognormal": {"median": median, "p95": p95}}
        failure = {"probability": args.failures, "exitCode": 1}
        made.append({"match": {"kind": kind, "name": name}, "imagePull": "5s", "run": run, "failure": failure})
    return made


# The rollout begins at this part of the day.
ROLLOUT_AT = 10 / 24


def write_cluster_day(out: Path, args) -> None:
    """D and its variants, and in `plan.json` what a run of it should come to."""
    folder = out / args.id
    folder.mkdir(parents=True, exist_ok=True)
    jobs, cron_completions = cronjobs(Stream(args.seed, CRONJOB_DRAWS), args)
    write_yaml(folder / "daemonsets.yaml", daemonsets(Stream(args.seed, DAEMONSET_DRAWS), args))
    write_yaml(folder / "cronjobs.yaml", jobs)
    classes = indexed_classes(args, cron_completions)
    actions, crash_draws = [], Stream(args.seed, CRASH_DRAWS)
    for day in range(args.whole_days):
        actions += crashes(crash_draws, args, day)
        at = round((day + ROLLOUT_AT) * args.day_s)
        name = daemonset_name(day % args.daemonsets + 1)
        actions.append((at, {"at": f"{at}s", "kubectl": f"set image daemonset/{name} main={name}:v{day + 2}"}))
    spec = {
        "start": "2026-01-05T00:00:00Z",
        "duration": f"{args.day_s * args.whole_days}s",
        "seed": args.seed,
        "cluster": {
            "controlPlane": {"profile": "kubernetes", "kube-controller-manager": {"kube-api-qps": 100, "kube-api-burst": 200}},
            "pools": pools(args.nodes),
        },
        "manifests": [f"{args.id}/daemonsets.yaml", f"{args.id}/cronjobs.yaml"],
        "behaviors": behaviors(args),
        "arrivals": arrivals(Stream(args.seed, ARRIVAL_DRAWS), args, folder, classes),
        "actions": [action for _, action in sorted(actions, key=lambda entry: entry[0])],
    }
    described = f"A cluster of {args.nodes:,} nodes with DaemonSets, CronJobs and Indexed Jobs"
    write_yaml(out / f"{args.id}.yaml", [scenario(f"workload-{args.id.lower()}", described, spec)])
    completions = (
        cron_completions
        + sum(count * completions for _, count, completions, *_ in classes)
        + args.day_s / args.adhoc_gap * ADHOC_COMPLETIONS
    )
    plan = {
        "nodes": args.nodes,
        "daemon_pods": args.nodes * args.daemonsets,
        "rollout_pods": args.nodes * args.whole_days,
        "cron_job_completions": cron_completions * args.whole_days,
        "indexed_jobs": {name: count * args.whole_days for name, count, *_ in classes},
        "job_pods": round(completions / (1 - args.failures)) * args.whole_days,
    }
    plan["pods"] = plan["daemon_pods"] + plan["rollout_pods"] + plan["job_pods"]
    (folder / "plan.json").write_text(json.dumps(plan, indent=2) + "\n")


# --- the command line ----------------------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, usage="workloads.py OUT [A] [B] [C] [D] [options]"
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder to write to")
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help="the workloads (all four)")
    parser.add_argument("--seed", type=int, default=1, help="of all draws (1)")
    parser.add_argument("--id", default="D", help="name of this variant of D: OUT/<id>.yaml (D)")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the numbers marked with * (1)")
    parser.add_argument("--days", type=float, default=1.0, help="a part of a day, or whole days (1)")
    parser.add_argument("--nodes", type=int, default=5000, help="* (5000)")
    parser.add_argument("--daemonsets", type=int, default=20, help="(20)")
    parser.add_argument("--cronjobs", type=int, default=2000, help="* (2000)")
    parser.add_argument("--job-pods", type=int, default=895_000, help="* pods of Jobs in a day, CronJobs' included (895000)")
    parser.add_argument("--largest", type=int, default=10_000, help="* completions of the largest Indexed Jobs (10000)")
    parser.add_argument("--crashes", type=int, default=20, help="* nodes that crash in a day (20)")
    parser.add_argument("--failures", type=float, default=0.02, help="share of the Jobs' pods that fail (0.02)")
    args = parser.parse_args()
    args.workloads = args.workloads or ["A", "B", "C", "D"]
    for name in args.workloads:
        if name not in (*TRACES, "D"):
            parser.error(f"no workload '{name}': choose among A, B, C, D")
    if args.id in TRACES or not all(letter.isalnum() or letter == "-" for letter in args.id) or not args.id:
        parser.error("--id takes letters, digits and '-', and is not A, B or C")
    if not 0 < args.days <= DAYS_MAX or (args.days > 1 and args.days != math.floor(args.days)):
        parser.error(f"--days takes a part of a day or whole days, at most {DAYS_MAX}")
    if not 0 < args.scale <= SCALE_MAX:
        parser.error(f"--scale takes a number above 0, at most {SCALE_MAX}")
    if not 0 <= args.failures < 1 or min(args.nodes, args.daemonsets, args.cronjobs, args.largest) < 1:
        parser.error("numbers must be positive, and --failures below 1")
    for name in ("nodes", "cronjobs", "job_pods", "largest", "crashes"):
        setattr(args, name, max(round(getattr(args, name) * args.scale), 1))
    args.adhoc_gap = round(30 / args.scale, 3)
    args.day_s = round(min(args.days, 1) * DAY_S)
    args.whole_days = max(round(args.days), 1)
    return args


def main() -> None:
    args = arguments()
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        for name in args.workloads:
            if name == "D":
                write_cluster_day(args.out, args)
            else:
                write_trace(args.out, name, args.seed)
    except OSError as error:
        raise SystemExit(f"workloads.py: error: {error}") from error


if __name__ == "__main__":
    main()
