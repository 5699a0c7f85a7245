"""Beta's API."""

from collections.abc import Iterator, Sequence
from typing import Any

from bson import ObjectId
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from orjson import Fragment
from rest_framework import status
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from ops.service.access.authentication import READ_WRITE
from sources.beta.answers import Item, collection, item
from sources.beta.serializers import CustomerSerializer
from sources.common.bulk import BatchView, CpfsView, written
from sources.common.mongo import object_id
from sources.common.paging import cpf_filter, paginate_stored
from sources.common.schemas import (
    CPF_PARAMETER,
    CURSOR_PARAMETERS,
    NOT_FOUND,
    OBJECT_ID,
    PAGE_PARAMETERS,
    BatchQuestion,
    CpfsAnswer,
)

BY_ID = [OpenApiParameter("id", OBJECT_ID, OpenApiParameter.PATH)]


def existing(pk: str) -> ObjectId:
    """The id of a stored customer, or NotFound; a malformed id is unknown too."""
    key = object_id(pk)
    if key is None or not collection().count_documents({"_id": key}, limit=1):
        raise NotFound
    return key


def one(key: ObjectId) -> Item:
    """The customer of an id as the API answers it, or NotFound."""
    stored = collection().find_one({"_id": key})
    if stored is None:
        raise NotFound
    return item(stored)


@extend_schema_view(
    list=extend_schema(
        parameters=[CPF_PARAMETER, *PAGE_PARAMETERS],
        responses={200: CustomerSerializer(many=True), **NOT_FOUND},
    ),
    create=extend_schema(request=CustomerSerializer, responses={201: CustomerSerializer}),
    retrieve=extend_schema(parameters=BY_ID, responses=CustomerSerializer),
    update=extend_schema(parameters=BY_ID, request=CustomerSerializer, responses=CustomerSerializer),
    partial_update=extend_schema(
        parameters=BY_ID, request=CustomerSerializer(partial=True), responses=CustomerSerializer
    ),
    destroy=extend_schema(parameters=BY_ID, responses={204: None}),
)
class CustomerViewSet(ViewSet):
    """Customers with their assets and their income."""

    required_scopes = READ_WRITE

    def list(self, request: Request) -> Response:
        """Customers by id, ten to a page unless asked otherwise."""
        page, headers = paginate_stored(request, collection(), cpf_filter(request), item)
        return Response(page, headers=headers)

    def create(self, request: Request) -> Response:
        """Adds a customer, with assets and income."""
        serializer = CustomerSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(one(serializer.save()), status=status.HTTP_201_CREATED)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One customer."""
        return Response(one(existing(pk)))

    def update(self, request: Request, pk: str, partial: bool = False) -> Response:
        """Changes a customer; a list that the body names replaces the stored one."""
        key = existing(pk)
        serializer = CustomerSerializer(key, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return Response(one(serializer.save()))

    def partial_update(self, request: Request, pk: str) -> Response:
        """Changes only what the body names."""
        return self.update(request, pk, partial=True)

    def destroy(self, request: Request, pk: str) -> Response:
        """Removes a customer."""
        collection().delete_one({"_id": existing(pk)})
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(request=BatchQuestion, responses=CustomerSerializer(many=True))
class CustomerBatch(BatchView):
    """Customers by CPF."""

    def find(self, cpfs: Sequence[str], request: Request) -> Iterator[tuple[str, Fragment]]:
        """One query, however many CPFs."""
        return map(written, map(item, collection().find({"cpf": {"$in": cpfs}})))


@extend_schema(parameters=CURSOR_PARAMETERS, responses=CpfsAnswer)
class CustomerCpfs(CpfsView):
    """CPFs in the order of the customers' ids."""

    def read_key(self, text: str) -> ObjectId | None:
        """A customer's id."""
        return object_id(text)

    def after(self, key: ObjectId | None, limit: int) -> Sequence[tuple[ObjectId, str]]:
        """One query by primary key."""
        match: dict[str, Any] = {"cpf": {"$gt": ""}, **({"_id": {"$gt": key}} if key else {})}
        found = collection().find(match, {"cpf": 1}).sort("_id").limit(limit)
        return [(stored["_id"], stored["cpf"]) for stored in found]
