"""moto as a server (MOTO_PORT), with what tests of this project need of AWS and moto 5 has not."""

import copy
import os
import time
from types import SimpleNamespace

import boto3
from moto.core.config import default_user_config
from moto.server import main
from moto.sqs.models import Queue

# A queue's list of messages is built anew at each deletion, without the lock that its additions take, in a server with
# threads: a message that is sent meanwhile is gone, which no queue may do.
delete_message = Queue.delete_message


def delete_with_lock(queue, receipt_handle):
    with queue._messages_lock:
        delete_message(queue, receipt_handle)


Queue.delete_message = delete_with_lock

# moto runs functions in containers: state machines call the functions of this address instead, and wait a hundredth of
# the time between two tries.
functions = os.environ.get("FUNCTIONS_ENDPOINT")
if functions:
    from moto.stepfunctions.parser import models
    from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

    def client_for(region, service, state_credentials=None):
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=functions,
            aws_access_key_id="machine",
            aws_secret_access_key="machine",
            config=boto3.session.Config(retries={"total_max_attempts": 1}, read_timeout=300),
        )

    lambda_eval_utils.boto_client_for = client_for
    # A machine that has had an execution cannot be copied with it: that one holds threads.
    models.copy = SimpleNamespace(deepcopy=copy.copy)
    default_user_config["stepfunctions"] = {"execute_state_machine": True}
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 100))

main(["-H", "127.0.0.1", "-p", os.environ["MOTO_PORT"]])
