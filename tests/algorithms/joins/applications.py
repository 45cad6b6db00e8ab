"""Two organisations whose systems are applications, and the joins that are right in them.

The right first ways were written down from the names alone, before any planner ran. As in
practice, matchers suggest many links by chance of names, and few are decided.
"""

from __future__ import annotations

from tests.algorithms.joins.trades import Trade

__all__ = ["CLINIC", "FREIGHT"]


def _by(*ways: str) -> tuple[str, ...]:
    return ways


CLINIC = Trade(
    tables={
        "Chart/patient": "id mrn first_name last_name email phone website insurer_id provider_id",
        "Chart/visit": "id patient_id provider_id status started_on",
        "Chart/provider": "id npi first_name last_name email",
        "Billing/account": "id mrn holder_email holder_name website balance",
        "Billing/invoice": "id number account_id visit_ref amount status created_on",
        "Billing/payment": "id invoice_id amount method paid_on",
        "Crm/lead": "id first_name last_name email website status owner_id",
        "Crm/contact": "id first_name last_name email phone website account_id owner_id",
        "Crm/account": "id name website vat_number owner_id",
        "Crm/user": "id first_name last_name email",
        "Helpline/caller": "id email phone name external_id organization_id",
        "Helpline/call": "id caller_id agent_id reference status called_on",
        "Helpline/agent": "id email name",
        "Helpline/organization": "id name domain",
        "Lab/order": "id number patient_mrn provider_npi status ordered_on",
        "Lab/result": "id order_id code value verified_by",
    },
    references=(),
    applications=frozenset({"Chart", "Billing", "Crm", "Helpline", "Lab"}),
    links=(
        ("Chart/visit.patient_id", "Chart/patient.id", 1.0, "APPROVED"),
        ("Chart/visit.provider_id", "Chart/provider.id", 1.0, "APPROVED"),
        ("Billing/invoice.account_id", "Billing/account.id", 1.0, "APPROVED"),
        ("Billing/payment.invoice_id", "Billing/invoice.id", 1.0, "APPROVED"),
        ("Crm/contact.account_id", "Crm/account.id", 1.0, "APPROVED"),
        ("Crm/contact.owner_id", "Crm/user.id", 1.0, "APPROVED"),
        ("Crm/lead.owner_id", "Crm/user.id", 1.0, "APPROVED"),
        ("Helpline/call.caller_id", "Helpline/caller.id", 1.0, "APPROVED"),
        ("Helpline/call.agent_id", "Helpline/agent.id", 1.0, "APPROVED"),
        ("Helpline/caller.organization_id", "Helpline/organization.id", 1.0, "APPROVED"),
        ("Lab/result.order_id", "Lab/order.id", 1.0, "APPROVED"),
        # Keys of persons and companies.
        ("Chart/patient.mrn", "Billing/account.mrn", 0.86),
        ("Chart/patient.mrn", "Lab/order.patient_mrn", 0.83),
        ("Chart/provider.npi", "Lab/order.provider_npi", 0.85),
        ("Chart/patient.email", "Crm/contact.email", 0.78),
        ("Chart/patient.email", "Helpline/caller.email", 0.76),
        ("Crm/contact.email", "Crm/lead.email", 0.74),
        ("Crm/contact.email", "Helpline/caller.email", 0.8),
        ("Crm/account.website", "Helpline/organization.domain", 0.72),
        ("Chart/visit.id", "Billing/invoice.visit_ref", 0.81, "APPROVED"),
        ("Crm/user.email", "Helpline/agent.email", 0.73),
        # Web sites of the companies of persons are linked more surely than their keys.
        ("Chart/patient.website", "Crm/contact.website", 0.97),
        ("Crm/contact.website", "Crm/lead.website", 0.97),
        ("Chart/patient.website", "Billing/account.website", 0.95),
        ("Chart/patient.website", "Crm/lead.website", 0.96),
        # By chance of names.
        ("Helpline/call.reference", "Billing/invoice.number", 0.6),
        ("Billing/account.id", "Crm/account.id", 0.93),
        ("Crm/contact.account_id", "Billing/account.id", 0.95),
        ("Crm/contact.id", "Chart/patient.id", 0.92),
        ("Billing/invoice.number", "Lab/order.number", 0.94),
        ("Billing/invoice.status", "Lab/order.status", 0.98),
        ("Chart/patient.last_name", "Crm/contact.last_name", 0.97),
        ("Chart/provider.last_name", "Crm/user.last_name", 0.93),
        ("Chart/provider.first_name", "Crm/user.first_name", 0.93),
        ("Helpline/agent.name", "Chart/provider.last_name", 0.8),
        ("Billing/payment.paid_on", "Lab/order.ordered_on", 0.9),
    ),
    right={
        ("Chart/patient", "Crm/contact"): _by("Chart/patient.email = Crm/contact.email"),
        ("Chart/patient", "Billing/account"): _by("Chart/patient.mrn = Billing/account.mrn"),
        ("Chart/patient", "Helpline/caller"): _by("Chart/patient.email = Helpline/caller.email"),
        ("Crm/contact", "Helpline/caller"): _by("Crm/contact.email = Helpline/caller.email"),
        ("Chart/patient", "Crm/lead"): _by("Chart/patient.email = Crm/lead.email"),
        ("Crm/account", "Helpline/organization"): _by(
            "Crm/account.website = Helpline/organization.domain"
        ),
        ("Chart/patient", "Lab/order"): _by("Chart/patient.mrn = Lab/order.patient_mrn"),
        ("Chart/patient", "Lab/result"): _by(
            "Chart/patient.mrn = Lab/order.patient_mrn; Lab/order.id = Lab/result.order_id"
        ),
        ("Chart/provider", "Lab/order"): _by("Chart/provider.npi = Lab/order.provider_npi"),
        ("Chart/visit", "Billing/invoice"): _by("Chart/visit.id = Billing/invoice.visit_ref"),
        ("Chart/patient", "Billing/invoice"): _by(
            "Chart/patient.mrn = Billing/account.mrn;"
            " Billing/account.id = Billing/invoice.account_id",
            "Chart/patient.id = Chart/visit.patient_id; Chart/visit.id = Billing/invoice.visit_ref",
        ),
        ("Chart/visit", "Billing/payment"): _by(
            "Chart/visit.id = Billing/invoice.visit_ref;"
            " Billing/invoice.id = Billing/payment.invoice_id"
        ),
        ("Chart/patient", "Helpline/call"): _by(
            "Chart/patient.email = Helpline/caller.email;"
            " Helpline/caller.id = Helpline/call.caller_id"
        ),
        ("Crm/user", "Helpline/agent"): _by("Crm/user.email = Helpline/agent.email"),
        # Providers and users of the CRM have only names in common.
        ("Chart/provider", "Crm/user"): (),
        # Accounts of patients are no companies; their numbers are counted apart.
        ("Billing/account", "Crm/account"): (),
        # An invoice's number is not a laboratory's; what was paid has no result.
        ("Billing/payment", "Lab/result"): (),
    },
)

FREIGHT = Trade(
    tables={
        "Shop/customer": "id email first_name last_name website vat_number",
        "Shop/order": "id number customer_id status total created_on",
        "Shop/order_line": "id order_id sku quantity",
        "Shop/product": "id sku ean title",
        "Depot/article": "id sku ean name",
        "Depot/stock": "id article_id sku site_id quantity",
        "Depot/site": "id name",
        "Route/shipment": "id tracking_number order_number consignee_email vehicle_id status",
        "Route/stop": "id shipment_id position arrived_on",
        "Route/vehicle": "id vin plate driver_id",
        "Route/driver": "id email first_name last_name",
        "Claims/claim": "id number tracking_number vin claimant_email status owner_id",
        "Claims/claimant": "id email first_name last_name website",
        "Workshop/truck": "id vin plate",
        "Workshop/repair": "id truck_id vin cost repaired_on",
        "Sales/account": "id name website vat_number owner_id",
        "Sales/contact": "id email first_name last_name website account_id",
    },
    references=(),
    applications=frozenset({"Shop", "Depot", "Route", "Claims", "Workshop", "Sales"}),
    links=(
        ("Shop/order.customer_id", "Shop/customer.id", 1.0, "APPROVED"),
        ("Shop/order_line.order_id", "Shop/order.id", 1.0, "APPROVED"),
        ("Depot/stock.article_id", "Depot/article.id", 1.0, "APPROVED"),
        ("Depot/stock.site_id", "Depot/site.id", 1.0, "APPROVED"),
        ("Route/stop.shipment_id", "Route/shipment.id", 1.0, "APPROVED"),
        ("Route/shipment.vehicle_id", "Route/vehicle.id", 1.0, "APPROVED"),
        ("Route/vehicle.driver_id", "Route/driver.id", 1.0, "APPROVED"),
        ("Workshop/repair.truck_id", "Workshop/truck.id", 1.0, "APPROVED"),
        ("Sales/contact.account_id", "Sales/account.id", 1.0, "APPROVED"),
        ("Shop/product.sku", "Depot/article.sku", 0.84),
        ("Shop/product.ean", "Depot/article.ean", 0.8),
        ("Shop/order_line.sku", "Shop/product.sku", 0.9),
        ("Shop/order_line.sku", "Depot/stock.sku", 0.93),
        ("Shop/order.number", "Route/shipment.order_number", 0.82),
        ("Route/shipment.tracking_number", "Claims/claim.tracking_number", 0.85),
        ("Route/vehicle.vin", "Workshop/truck.vin", 0.88),
        ("Route/vehicle.vin", "Claims/claim.vin", 0.8),
        ("Claims/claim.claimant_email", "Claims/claimant.email", 1.0, "APPROVED"),
        ("Shop/customer.email", "Claims/claimant.email", 0.75),
        ("Shop/customer.email", "Sales/contact.email", 0.79),
        ("Sales/contact.email", "Claims/claimant.email", 0.72),
        ("Shop/customer.website", "Sales/contact.website", 0.98),
        ("Shop/customer.website", "Claims/claimant.website", 0.97),
        ("Shop/customer.vat_number", "Sales/account.vat_number", 0.77),
        ("Claims/claim.vin", "Workshop/repair.vin", 0.95),
        ("Shop/order.id", "Route/shipment.id", 0.94),
        ("Shop/order.id", "Claims/claim.id", 0.94),
        ("Shop/order.number", "Claims/claim.number", 0.93),
        ("Depot/site.id", "Sales/account.id", 0.92),
        ("Depot/site.name", "Sales/account.name", 0.95),
        ("Shop/product.title", "Depot/article.name", 0.94),
        ("Shop/order.status", "Claims/claim.status", 0.97),
        ("Sales/account.owner_id", "Claims/claim.owner_id", 0.96),
        ("Sales/account.id", "Workshop/truck.id", 0.9),
    ),
    right={
        ("Shop/product", "Depot/article"): _by(
            "Shop/product.sku = Depot/article.sku", "Shop/product.ean = Depot/article.ean"
        ),
        ("Shop/product", "Depot/stock"): _by(
            "Shop/product.sku = Depot/article.sku; Depot/article.id = Depot/stock.article_id",
            "Shop/product.sku = Depot/stock.sku",
        ),
        ("Shop/order", "Route/shipment"): _by("Shop/order.number = Route/shipment.order_number"),
        ("Shop/order", "Route/stop"): _by(
            "Shop/order.number = Route/shipment.order_number;"
            " Route/shipment.id = Route/stop.shipment_id"
        ),
        ("Shop/customer", "Route/shipment"): _by(
            "Shop/customer.id = Shop/order.customer_id;"
            " Shop/order.number = Route/shipment.order_number"
        ),
        ("Route/shipment", "Claims/claim"): _by(
            "Route/shipment.tracking_number = Claims/claim.tracking_number"
        ),
        ("Route/vehicle", "Workshop/truck"): _by("Route/vehicle.vin = Workshop/truck.vin"),
        ("Route/vehicle", "Claims/claim"): _by("Route/vehicle.vin = Claims/claim.vin"),
        ("Route/vehicle", "Workshop/repair"): _by(
            "Route/vehicle.vin = Workshop/truck.vin; Workshop/truck.id = Workshop/repair.truck_id",
            "Route/vehicle.vin = Workshop/repair.vin",
        ),
        ("Route/driver", "Workshop/truck"): _by(
            "Route/driver.id = Route/vehicle.driver_id; Route/vehicle.vin = Workshop/truck.vin"
        ),
        ("Shop/customer", "Claims/claimant"): _by("Shop/customer.email = Claims/claimant.email"),
        ("Shop/customer", "Sales/contact"): _by("Shop/customer.email = Sales/contact.email"),
        ("Claims/claimant", "Sales/contact"): _by("Claims/claimant.email = Sales/contact.email"),
        ("Shop/customer", "Sales/account"): _by(
            "Shop/customer.vat_number = Sales/account.vat_number",
            "Shop/customer.email = Sales/contact.email;"
            " Sales/contact.account_id = Sales/account.id",
        ),
        ("Shop/order_line", "Depot/article"): _by(
            "Shop/order_line.sku = Depot/article.sku",
            "Shop/order_line.sku = Shop/product.sku; Shop/product.sku = Depot/article.sku",
        ),
        # Sites are no customers, and no link says which vehicle serves which account.
        ("Depot/site", "Sales/account"): (),
        ("Sales/account", "Workshop/truck"): (),
    },
)
