#!/usr/bin/env python3
"""Judges cases on an engine with the command docker-compliance, whose path is in $COMPLIANCE.

    judge.py HOST CASE…

Prints a line a case: its name, the status, the reason. $COMPLIANCE_OPTIONS are further options of the command, such as
`--mod-location FOLDER`. The row of case 5.6d is the one of control 5.6 that is about case-5.6d; where no row is about a
case by name, it is the only one that is about no other case.
"""

import json
import os
import re
import subprocess
import sys


def control(case):
    return "cis_v160_" + re.match(r"[\d.]+", case)[0].replace(".", "_")


def report(host, cases):
    command = [os.environ.get("COMPLIANCE", "docker-compliance"), "control", "run", *dict.fromkeys(map(control, cases))]
    options = os.environ.get("COMPLIANCE_OPTIONS", "").split()
    ran = subprocess.run([*command, "--host", host, "--output", "json", *options], capture_output=True, text=True)
    if not ran.stdout:
        sys.exit(f"judge.py: {host}: {ran.stderr}")
    return {found["control_id"].rpartition(".")[2]: found for found in json.loads(ran.stdout)["controls"]}


def verdict(case, found):
    if found.get("run_error"):
        return "error", found["run_error"]
    rows = [(row["status"], row["reason"]) for row in found["results"] or []]
    # other containers may lean on that of the case, and name it
    own = [row for row in rows if row[1].startswith(f"/case-{case}: ")]
    named = [row for row in rows if re.search(rf"\bcase-{case.replace('.', '[.-]')}\b", row[1])]
    rows = own or named or [row for row in rows if "case-" not in row[1]]
    if len(rows) != 1:
        return f"{len(rows)} rows", "; ".join(reason for _, reason in rows)
    return rows[0]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    host, *cases = sys.argv[1:]
    controls = report(host, cases)
    for case in cases:
        print(case, *verdict(case, controls[control(case)]), sep="\t")


main()
