"""Django's admin for accounts, teams and machine clients, and for nothing else of the database."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.contrib.auth.models import Group, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AccessToken
from oauth2_provider.scopes import get_scopes_backend

from ops.service.models import ApiClient
from portal.access import readers, record
from portal.access.accounts import people
from portal.access.models import Membership, Team
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import ROLES, May

# The scopes of the API in the page's language; its own documentation speaks English.
SCOPES = {
    "dossier:request": _("Pedir um dossiê, e acompanhar o que se pediu"),
    "dossier:read": _("Ler os dossiês que se pediram, e suas versões"),
    "dossier:all": _("Ler todos os dossiês e todos os pedidos, junto com dossier:read"),
    "dossier:pin": _("Manter uma versão, qualquer que seja a idade"),
    "batch:run": _("Consultar listas de CPFs e atualizar todos, e acompanhar"),
    "runs:all": _("Acompanhar e conduzir todas as consultas em lote, junto com batch:run"),
}


class PeopleSite(admin.AdminSite):
    """For administrators alone, who log in where everybody does. There is no superuser."""

    site_header = site_title = index_title = _("Contas e acessos")
    site_url = None
    enable_nav_sidebar = False

    def get_urls(self) -> list[Any]:
        """Django's, but for the way to any object of the database by its type and number."""
        return [each for each in super().get_urls() if getattr(each, "name", None) != "view_on_site"]

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether the reader may manage people."""
        return request.user.is_authenticated and readers.of_user(request).may(May.MANAGE_PEOPLE)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The portal's own page, and from there to the first one here; who has logged in, and may not, is
        refused."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.get_full_path(), redirect_field_name=REDIRECT_FIELD_NAME)

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """One's own is changed where everybody's is, within the same bounds, beside the second factor."""
        return redirect("account")


site = PeopleSite(name="admin")


class _Memberships(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    can_delete = False


class _AccountForm(UserChangeForm):  # type: ignore[type-arg]
    def clean_username(self) -> str:
        """As the form for a new account: no name that is another's in a different case."""
        name = str(self.cleaned_data["username"])
        if people.is_taken(name, but=self.instance):
            raise ValidationError(self.instance.unique_error_message(User, ("username",)))
        return name


@admin.register(User, site=site)
class Accounts(UserAdmin):  # type: ignore[type-arg]
    """Accounts are made and closed, never deleted; nobody changes their own roles or team."""

    form = _AccountForm
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Pessoa"), {"fields": ("first_name", "last_name", "email")}),
        (_("Acesso"), {"fields": ("is_active", "groups")}),
        (_("Datas"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    list_display = ("username", "roles", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    filter_horizontal = ()
    inlines = (_Memberships,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("papéis"))
    def roles(self, user: User) -> str:
        """A list's column."""
        return ", ".join(group.name for group in user.groups.all())

    def get_inlines(self, request: HttpRequest, obj: User | None) -> tuple[type, ...]:
        """Teams once there is an account, and not of one's own."""
        return self.inlines if obj and obj != request.user else ()

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Of one's own account the roles, and whether it is open, are for another administrator."""
        own = ("groups", "is_active") if obj and obj == request.user else ()
        return (*self.readonly_fields, *own)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """The roles, as boxes to tick."""
        options["queryset"] = Group.objects.filter(name__in=ROLES)
        options["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **options)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Records what became of the account."""
        super().save_model(request, obj, form, change)
        what = " ".join(sorted(form.changed_data)) if change else "made"
        if "is_active" in form.changed_data:
            what += " open" if obj.is_active else " closed"
        _note(request, Action.ACCOUNT_CHANGE, f"user:{obj.pk} {what}")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Records which roles and teams changed."""
        user = form.instance
        before = set(user.groups.values_list("name", flat=True))
        super().save_related(request, form, formsets, change)
        people.note_roles(readers.of_user(request), user, before)
        for formset in formsets:
            for member in (*formset.new_objects, *(changed for changed, _fields in formset.changed_objects)):
                until = f" until {member.until:%Y-%m-%d %H:%M}" if member.until else ""
                detail = f"user:{user.pk} team {member.team}{until}"
                _note(request, Action.ROLE_CHANGE, detail)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 (Django's)
        """Records that an administrator gave somebody a password."""
        if request.method == "POST":
            _note(request, Action.ACCOUNT_CHANGE, f"user:{id} password")
        return super().user_change_password(request, id, form_url)


@admin.register(Group, site=site)
class Roles(admin.ModelAdmin):  # type: ignore[type-arg]
    """To be read: what a role may do is the code's."""

    fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).filter(name__in=ROLES)


@admin.register(Team, site=site)
class Teams(admin.ModelAdmin):  # type: ignore[type-arg]
    """Made and renamed; a team that has had dossiers stays."""

    list_display = ("name",)

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        """Records it: the record of access tells teams by number."""
        super().save_model(request, obj, form, change)
        _note(request, Action.ROLE_CHANGE, f"team:{obj.pk} {'renamed' if change else 'made'}: {obj.name}")


class _ClientForm(forms.ModelForm):  # type: ignore[type-arg]
    scopes = forms.MultipleChoiceField(
        label=_("Escopos"), widget=forms.CheckboxSelectMultiple, choices=lambda: _scopes().items()
    )

    class Meta:
        model = ApiClient
        fields = ("name",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial["scopes"] = self.instance.scopes


@admin.register(ApiClient, site=site)
class Clients(admin.ModelAdmin):  # type: ignore[type-arg]
    """Machine clients; a secret is shown once, when it is made. What one had asked for stays."""

    form = _ClientForm
    view_on_site = False
    fields = ("name", "scopes")
    list_display = ("name", "client_id", "allowed_scopes", "created")

    def save_model(self, request: HttpRequest, obj: ApiClient, form: Any, change: bool) -> None:
        """Makes the secret, and keeps a hash of it."""
        obj.allowed_scopes = " ".join(form.cleaned_data["scopes"])
        if not change:
            obj.client_type = ApiClient.CLIENT_CONFIDENTIAL
            obj.authorization_grant_type = ApiClient.GRANT_CLIENT_CREDENTIALS
            obj.client_secret = obj.secret_shown = generate_client_secret()
        super().save_model(request, obj, form, change)
        AccessToken.objects.filter(application=obj).delete()  # they carry the scopes of before
        what = f"{'changed' if change else 'made'}: {obj.allowed_scopes}"
        _note(request, Action.ACCOUNT_CHANGE, f"client:{obj.client_id} {what}")

    def delete_model(self, request: HttpRequest, obj: ApiClient) -> None:
        """Its tokens go with it."""
        _note(request, Action.ACCOUNT_CHANGE, f"client:{obj.client_id} deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiClient]) -> None:
        """Several at once, by the list's action: each is recorded."""
        for client in queryset:
            self.delete_model(request, client)

    def response_add(self, request: HttpRequest, obj: ApiClient, post_url_continue: str | None = None) -> Any:
        """The page with the secret: in no redirect, message or session."""
        context = {**self.admin_site.each_context(request), "client": obj, "secret": obj.secret_shown}
        return render(request, "access/client_made.html", context)


def _scopes() -> dict[str, str]:
    return {**get_scopes_backend().get_all_scopes(), **SCOPES}


def _note(request: HttpRequest, action: Action, detail: str) -> None:
    record.add(
        readers.of_user(request), AccessEntry(action=action, outcome=Verdict.DONE, detail=detail[:500])
    )
