"""What schemathesis cannot know of this API: who asks, for which tenant, and requests that are right at this moment.

What it needs is in the file that TACTUS_PREPARED names; what was answered is counted in the one that TACTUS_ANSWERED names.
"""

import atexit
import base64
import hmac
import json
import os
import re
import struct
import time

import requests
import schemathesis
from schemathesis.auths import GLOBAL_AUTH_STORAGE, AuthContext
from schemathesis.core.failures import ServerError
from schemathesis.openapi.checks import RejectedPositiveData, UnsupportedMethodResponse

with open(os.environ["TACTUS_PREPARED"], encoding="utf-8") as file:
    PREPARED = json.load(file)
ROLE = PREPARED["role"]
ANSWERED = {}
# Access tokens are good for ten minutes.
RENEWED_EVERY_S = 240


def save():
    counts = [
        {"operation": operation, "status": status, "count": count, "seconds": seconds}
        for (operation, status), (count, seconds) in sorted(ANSWERED.items())
    ]
    with open(os.environ["TACTUS_ANSWERED"], "w", encoding="utf-8") as file:
        json.dump(counts, file)


atexit.register(save)


@schemathesis.auth(refresh_interval=RENEWED_EVERY_S, retry_on=[])
class Credentials:
    def get(self, case, context):
        if "login" not in ROLE:
            return ROLE["key"]
        answer = requests.post(f"{PREPARED['url']}/api/v1/auth/login", json=ROLE["login"], timeout=10)
        answer.raise_for_status()
        return answer.json()["access_token"]

    def set(self, case, data, context):
        case.headers = case.headers or {}
        # Without a credential for nobody; and logging out would end the login of everything that follows.
        if data is not None and context.operation.path != "/api/v1/auth/logout":
            case.headers["Authorization"] = f"Bearer {data}"


def second_factor(secret):
    """The code of this moment (RFC 6238)."""
    step = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), step, "sha1").digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 15)
    return f"{(number & 0x7FFFFFFF) % 1_000_000:06}"


@schemathesis.hook
def before_add_examples(context, examples):
    request = ROLE["requests"].get(context.operation.definition.raw["operationId"], {})
    body = {"body": request["body"], "media_type": "application/json"} if "body" in request else {}
    if "secondFactorOf" in request:
        body["body"] = {**request["body"], "code": second_factor(request["secondFactorOf"])}
    case = context.operation.Case(
        path_parameters=request.get("path", {}),
        query=request.get("query", {}),
        headers=request.get("headers", {}),
        **body,
    )
    if "Authorization" in case.headers:
        case._has_explicit_auth = True
    else:
        GLOBAL_AUTH_STORAGE.set(case, AuthContext(operation=context.operation, app=None))
    examples.append(case)


@schemathesis.hook
def before_call(context, case, kwargs):
    kwargs["allow_redirects"] = False
    case.headers = case.headers or {}
    # Who has several tenants names one, where the request does not already.
    query = case.query if isinstance(case.query, dict) else {}
    if "tenantId" not in (case.path_parameters or {}) and query.get("tenantId", "") == "":
        case.headers.setdefault("X-Scope-OrgID", ROLE["tenant"])
    if case.meta is not None and case.meta.generation.mode.is_positive:
        # Good once, or only as an answer had it.
        case.headers.pop("idempotency-key", None)
        query.pop("cursor", None)


# Why a request that its schema allows is refused, where JSON Schema has no words for it.
BEYOND_SCHEMAS = re.compile(
    r"TACTUS_(QUERY_TOO_LARGE|PROMQL_INVALID|PROMQL_FAILED|VERSION_MISMATCH|NOT_FOUND)"
    r"|from: must be before to|(from|to|start): must be|start: is allowed without"
    r"|must be a duration|must be a multiple of|band: is of means|must be at most|for this: value was|is made of single points"
    r"|attributes: must be a JSON object|must be without|U\+0000"
    r"|endsAt: missing|must be after startsAt|for: is given beside endsAt|startsAt: must be|matchers"
    r'|(rule|tenant) ."|groupBy|password has at least|name: must be'
    r"|bad_data|execution"
)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    text = response.content.decode("utf-8", "replace")
    # Of a head that is too large nothing is looked at.
    if response.status_code == 431:
        return not isinstance(failure, (RejectedPositiveData, UnsupportedMethodResponse))
    if isinstance(failure, RejectedPositiveData):
        return BEYOND_SCHEMAS.search(text) is None
    # It was asked to take no longer.
    if isinstance(failure, ServerError) and response.status_code == 503:
        return not ("timeout" in str(response.request.url) + str(response.request.body) and "timed out" in text)
    return True


@schemathesis.hook
def after_call(context, case, response):
    key = (case.operation.definition.raw["operationId"], response.status_code)
    count, seconds = ANSWERED.get(key, (0, 0))
    ANSWERED[key] = (count + 1, seconds + response.elapsed)


@schemathesis.check
def shows_nothing_of_other_tenants(ctx, response, case):
    for marker in ROLE["hidden"]:
        if marker.encode() in response.content:
            raise AssertionError(f"the answer holds {marker}, which is of another tenant")
