"""Gives the API's one form to the refusals that are made before any of our code is asked."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from services.main_app.accounts.paths import is_data
from services.main_app.api.errors import error_response


class ErrorFormMiddleware(MiddlewareMixin):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.status_code != 405 or not is_data(request.path):
            return response
        allowed = response.headers.get("Allow", "")
        refusal = error_response(405, "method_not_allowed", f"{request.path} takes only {allowed}.")
        refusal["Allow"] = allowed
        return refusal
