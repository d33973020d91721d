"""What schemathesis must know beside docs/openapi.yaml."""

import schemathesis


@schemathesis.check
def unknown_method_is_unknown_route(ctx, response, case):
    """A method that a path does not have is answered by the gateway, like any route that there is not."""
    described = {method.upper() for method in case.operation.schema[case.operation.path]}
    if response.request.method not in described:
        assert response.status_code == 404, f"{response.request.method} is answered with {response.status_code}"
        assert response.json() == {"message": "Not Found"}, response.text


@schemathesis.hook
def filter_body(context, body):
    """Integers are written without a fraction, says the document; for JSON Schema, 5.0 is one too."""
    values = body.values() if isinstance(body, dict) else []
    return not any(isinstance(value, float) and value.is_integer() for value in values)
