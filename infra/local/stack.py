"""The whole stack on this machine: the emulator, the meter before it, and the real template deployed into it.

Runs inside the emulator's environment (boto3, PyYAML).
"""

from __future__ import annotations

import functools
import json
import pathlib
import subprocess
import time
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

import console
import places
import template
from children import Children, Problem

# What AWS offers and a demo needs faster: the Scheduler's finest step is a minute. A cron fires on the next full
# minute, a rate only a whole minute after the deployment.
EVERY_MINUTE = "cron(* * * * ? *)"
# In a year: not while a person watches.
NEVER = "rate(365 days)"
FAST = {
    "ImportSchedule": EVERY_MINUTE,
    "SweepSchedule": EVERY_MINUTE,
    "SubscriptionsSchedule": EVERY_MINUTE,
    "ReconcileSchedule": EVERY_MINUTE,
    "RefreshSchedule": EVERY_MINUTE,
    "ConfirmDelaySeconds": "5",
    # More than the sandboxes' list delay of five seconds.
    "PollMarginSeconds": "10",
}


class Stack:
    """A deployed stack. `start` brings it up; its children end it."""

    def __init__(self, home: pathlib.Path, ports: places.Ports, children: Children) -> None:
        self.home = home
        self.ports = ports
        self.children = children
        self.outputs: dict[str, str] = {}
        self.scratch = home / "tmp"
        self.scratch.mkdir(parents=True, exist_ok=True)

    @property
    def endpoint(self) -> str:
        return places.url(self.ports.emulator)

    @functools.cache
    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=places.REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"max_attempts": 3}, read_timeout=130, s3={"addressing_style": "path"}),
        )

    def environment(self, endpoint_port: int) -> dict[str, str]:
        return places.plain_environment(self.scratch) | {"AWS_ENDPOINT_URL": places.url(endpoint_port)}

    # --- Up ---

    def start(self, parameters: dict[str, str]) -> None:
        """Starts emulator and meter, deploys, and finishes what the emulator's CloudFormation leaves out."""
        self._start_emulator()
        spec = self._deploy(parameters)
        self.outputs = self._read_outputs()
        self._set_ttl(spec)
        self._set_lock(spec, parameters)
        if "ConsoleBaseUrl" in parameters:
            self._open_console()
        self.reset_meter()

    def _open_console(self) -> None:
        command = console.front_command(self.ports, self.outputs["ConsoleFunctionUrl"])
        self.children.start("console-front", command, places.plain_environment(self.scratch), self.home)
        self.children.wait_for_port("console-front", self.ports.console)

    def _start_emulator(self) -> None:
        ports = self.ports
        # Functions inherit the emulator's environment: their way to AWS leads through the meter.
        environment = self.environment(ports.meter) | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(ports.emulator),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "S3_DATA_DIR": str(self.scratch / "s3"),
        }
        emulator = str(places.VENVS / "emulator" / "bin" / "ministack")
        self.children.start("emulator", [emulator], environment, self.home)
        meter = [str(places.venv_python("emulator")), str(places.LOCAL / "meter.py")]
        meter += ["--port", str(ports.meter), "--to", str(ports.emulator)]
        self.children.start("meter", meter, places.plain_environment(self.scratch), self.home)
        self.children.wait_for_port("emulator", ports.emulator)
        self.children.wait_for_port("meter", ports.meter)
        self._wait_healthy()

    def _wait_healthy(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                self.children.check("emulator")
            time.sleep(0.2)
        raise Problem(f"the emulator is not healthy:\n{self.children.tail('emulator')}")

    def _deploy(self, parameters: dict[str, str]) -> dict[str, Any]:
        code = {function: template.prepare_code(function) for function in places.FUNCTIONS}
        path = self.home / "template.json"
        spec = template.write_deployable(path, code)
        self.client("s3").create_bucket(Bucket="tallyman-code")
        overrides = {"Architecture": template.host_architecture(), "DeletionProtection": "false"} | parameters
        command = [str(places.VENVS / "sam" / "bin" / "sam"), "deploy", "--template-file", str(path)]
        command += ["--stack-name", places.STACK, "--s3-bucket", "tallyman-code", "--capabilities", "CAPABILITY_IAM"]
        command += ["--no-confirm-changeset", "--no-progressbar", "--region", places.REGION, "--parameter-overrides"]
        # Quoted: `rate(1 minute)` has a space, and sam splits at those.
        command += [f'{name}="{value}"' for name, value in overrides.items()]
        log = self.home / "logs" / "sam-deploy.log"
        with log.open("wb") as output:
            result = subprocess.run(
                command,
                cwd=self.home,
                env=self.environment(self.ports.emulator),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if result.returncode != 0:
            raise Problem(f"sam deploy failed with {result.returncode}:\n{self.children.tail('sam-deploy', 40)}")
        return spec

    def _read_outputs(self) -> dict[str, str]:
        stack = self.client("cloudformation").describe_stacks(StackName=places.STACK)["Stacks"][0]
        if stack["StackStatus"] != "CREATE_COMPLETE":
            raise Problem(f"the stack is {stack['StackStatus']}: {stack.get('StackStatusReason', '')}")
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def _set_ttl(self, spec: dict[str, Any]) -> None:
        """The emulator's CloudFormation ignores TimeToLiveSpecification: set as the template says, and looked at."""
        dynamodb, table = self.client("dynamodb"), self.outputs["TableName"]
        wanted = spec["Resources"]["Table"]["Properties"]["TimeToLiveSpecification"]
        found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if found.get("TimeToLiveStatus") != "ENABLED":
            dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wanted)
            found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
        if found.get("TimeToLiveStatus") != "ENABLED" or found.get("AttributeName") != wanted["AttributeName"]:
            raise Problem(f"the table's time to live is {found}, the template says {wanted}")

    def _set_lock(self, spec: dict[str, Any], parameters: dict[str, str]) -> None:
        """So it does with ObjectLockConfiguration, and a lock that isn't there would make the demo a lie."""
        s3, bucket = self.client("s3"), self.outputs["ProofBucketName"]
        rule = spec["Resources"]["ProofBucket"]["Properties"]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        days = parameters.get("ProofRetentionDays", spec["Parameters"]["ProofRetentionDays"]["Default"])
        retention = {"Mode": rule["Mode"], "Days": int(days)}
        wanted = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=wanted)
        found = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
        if found.get("Rule", {}).get("DefaultRetention") != retention:
            raise Problem(f"the proof bucket's lock is {found}, the template says {wanted}")
        if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
            raise Problem("the proof bucket is not versioned")

    # --- Use ---

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Invokes a function now, as a schedule or a source would, and gives back its answer.

        Raises Problem when the function fails.
        """
        answer = self.client("lambda").invoke(
            FunctionName=f"{places.STACK}-{function}", Payload=json.dumps(event).encode()
        )
        payload = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise Problem(f"{function} failed: {payload}")
        return payload

    def meter(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{places.url(self.ports.meter)}/_meter", timeout=10) as answer:
            return json.load(answer)

    def reset_meter(self) -> None:
        urllib.request.urlopen(f"{places.url(self.ports.meter)}/_meter", data=b"", timeout=10).close()

    def cli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The `tallyman` command against this stack."""
        environment = self.environment(self.ports.emulator) | {"TALLYMAN_STACK": places.STACK}
        command = [str(places.BINARIES / "tallyman"), *arguments]
        return subprocess.run(command, env=environment, cwd=places.ROOT, capture_output=True, text=True, check=False)

    def must_cli(self, *arguments: str) -> str:
        result = self.cli(*arguments)
        if result.returncode != 0:
            raise Problem(f"tallyman {' '.join(arguments)} failed with {result.returncode}:\n{result.stderr}")
        return result.stdout
