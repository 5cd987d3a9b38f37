#!/usr/bin/env python3
"""pack_recordings.py RECORDINGS TO_SCENARIO OUT

Packs recordings of a real Kubernetes control plane into the one archive that `cargo test --test oracle`
reads (tests/oracle/recordings.json.gz).

RECORDINGS   a folder with one folder for each recording: timeline.csv, meta.json, actions.yaml, nodes.yaml,
             its manifests and, where there is one, known_noise.json
TO_SCENARIO  the program that turns such a folder into a podtime scenario: TO_SCENARIO FOLDER OUT_FOLDER
OUT          the archive: gzip over JSON, recording -> what tests/oracle/archive.rs calls `Recording`

Of a timeline only the rows and the details that the comparison reads are kept. Quantities are written as
milli-CPU and bytes, so that the test needs no YAML. The same recordings give the same bytes.

Needs Python 3.11 and PyYAML. Exit status: 0 written, 1 a recording could not be turned into a scenario,
2 the arguments are wrong.
"""
import csv, gzip, io, json, subprocess, sys, tempfile
from datetime import datetime
from pathlib import Path

import yaml

JOB_COUNTERS = {"JobActive", "JobReady", "JobTerminating", "JobSucceeded", "JobFailed"}
DAEMONSET_COUNTERS = {"desired", "current", "ready", "updated", "available", "misscheduled"}
# Rows that are kept beside conditions of Jobs: kind -> event -> whether the detail is read too.
KEPT = {
    "Pod": {"PodCreated": False, "PodScheduled": True, "PodRunning": False, "PodSucceeded": False, "PodFailed": False,
            "PodDeleted": False, "ContainerRestarted": False},
    "Job": {"JobCreated": False, "JobDeleted": False} | dict.fromkeys(JOB_COUNTERS, True),
    "DaemonSet": {"DaemonSetStatus": True, "DaemonSetDeleted": False},
    "Node": {"NodeReady": True, "NodeDeleted": False},
    "CronJob": {"CronJobRun": True, "CronJobManualRun": True, "CronJobSuspend": True, "Event:JobAlreadyActive": False},
    "StatefulSet": {"StatefulSetCreated": False},
    "Deployment": {"DeploymentCreated": False},
}
UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "m": 1e-3}


def documents(path: Path) -> list[dict]:
    """The objects of a YAML file, Lists unpacked."""
    found = [document for document in yaml.safe_load_all(path.read_text()) if document]
    return [obj for document in found for obj in (document["items"] if document.get("kind") == "List" else [document])]


def words(detail: str, names: set[str]) -> str:
    """Of `name=value name=value …` those with one of the names."""
    return " ".join(word for word in detail.split() if word.split("=", 1)[0] in names)


def detail_read(event: str, detail: str) -> str:
    """What the comparison reads of a detail."""
    if event.startswith("JobCond."):
        return words(detail, {"reason"})
    if event == "DaemonSetStatus":
        return words(detail, DAEMONSET_COUNTERS)
    if event in ("CronJobRun", "CronJobManualRun"):
        return words(detail, {"job", "scheduled"})
    if event == "NodeReady":
        return str(detail.startswith("True"))
    return detail


def timeline(path: Path) -> str:
    """The kept rows, as CSV."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    with path.open(newline="") as file:
        rows = csv.DictReader(file)
        out.writerow(rows.fieldnames)
        for row in rows:
            kind, event, detail = row["kind"], row["event"], row["detail"]
            # Whether the detail is read; None: the row is not.
            is_read = True if kind == "Job" and event.startswith("JobCond.") else KEPT.get(kind, {}).get(event)
            if is_read is not None:
                out.writerow([row["t_seconds"], kind, row["name"], event, detail_read(event, detail) if is_read else ""])
    return text.getvalue()


def quantity(text, scale=1) -> int:
    text = str(text)
    unit = next((unit for unit in UNITS if text.endswith(unit)), "")
    return round(float(text[:len(text) - len(unit)]) * UNITS.get(unit, 1) * scale)


def placement_node(obj: dict) -> dict:
    """What the scheduler's default filters and scores look at."""
    spec = obj.get("spec") or {}
    allocatable = obj["status"].get("allocatable") or obj["status"]["capacity"]
    closed = bool(spec.get("unschedulable")) or any(t["effect"] != "PreferNoSchedule" for t in spec.get("taints") or [])
    return {"name": obj["metadata"]["name"], "closed": closed,
            "labels": {"kubernetes.io/hostname": obj["metadata"]["name"], **(obj["metadata"].get("labels") or {})},
            "cpu_m": quantity(allocatable["cpu"], 1000), "memory_bytes": quantity(allocatable["memory"]),
            "pods_max": int(allocatable["pods"])}


def placement_pod(spec: dict) -> dict:
    """The node selector and each container's requests, null where a container has none."""
    containers = []
    for container in spec["containers"]:
        requests = (container.get("resources") or {}).get("requests") or {}
        containers.append({"cpu_m": quantity(requests["cpu"], 1000) if "cpu" in requests else None,
                           "memory_bytes": quantity(requests["memory"]) if "memory" in requests else None})
    return {"node_selector": spec.get("nodeSelector") or {}, "containers": containers}


def placement(folder: Path, nodes: list[dict], actions: list[dict]) -> dict:
    """For the recordings that are about the scheduler: nodes, changes of their labels, and each owner's pods."""
    files = [file for file in sorted(folder.glob("*.yaml")) if file.name not in ("nodes.yaml", "actions.yaml")]
    objects = [obj for file in files for obj in documents(file) if "template" in (obj.get("spec") or {})]
    return {"nodes": [placement_node(obj) for obj in nodes],
            "relabels": [{"at": action["at"], **action["label"]} for action in actions if "label" in action],
            "pods": {f"{obj['kind']}/{obj['metadata']['name']}": placement_pod(obj["spec"]["template"]["spec"])
                     for obj in objects}}


def recording(folder: Path, scenario: Path) -> dict:
    """All that the test needs of one recording."""
    meta = json.loads((folder / "meta.json").read_text())
    noise = folder / "known_noise.json"
    actions = documents(folder / "actions.yaml")[0]["actions"]
    nodes = documents(folder / "nodes.yaml") + [action["addNode"] for action in actions if "addNode" in action]
    cronjobs = {obj["metadata"]["name"]: {"schedule": obj["spec"]["schedule"],
                                          "has_deadline": "startingDeadlineSeconds" in obj["spec"]}
                for obj in documents(folder / "manifests.yaml") if obj["kind"] == "CronJob"}
    return {"start": round(datetime.fromisoformat(meta["t0"]).timestamp()),
            "end_seconds": float(meta["end_seconds"]),
            "nodes": [obj["metadata"]["name"] for obj in nodes],
            "noise": json.loads(noise.read_text()) if noise.exists() else [],
            "cronjobs": cronjobs,
            "placement": placement(folder, nodes, actions) if folder.name.startswith("sched-") else None,
            "scenario": {file.name: file.read_text() for file in sorted(scenario.iterdir())},
            "timeline": timeline(folder / "timeline.csv")}


def main(argv: list[str]) -> int:
    if len(argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    recordings, to_scenario, out = Path(argv[0]), Path(argv[1]).resolve(), Path(argv[2])
    packed, failed = {}, 0
    for folder in sorted(path.parent for path in recordings.glob("*/timeline.csv")):
        with tempfile.TemporaryDirectory() as scenario:
            if subprocess.run([sys.executable, to_scenario, folder, scenario]).returncode == 0:
                packed[folder.name] = recording(folder, Path(scenario))
            else:
                failed += 1
    text = json.dumps(packed, sort_keys=True, separators=(",", ":"))
    out.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(f"{len(packed)} recordings, {out.stat().st_size} bytes; {failed} could not be packed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
