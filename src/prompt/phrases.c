/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Labels of receipts and invoices: English, German, French, then what is usual
 * in Spanish, Italian, Dutch, Portuguese, Polish and Swedish. Written as they
 * are compared (fold.h): case, accents and plurals do not matter.
 */
#include "prompt/phrases.h"

const struct phrase_row prompt_phrases[] = {
	{FIELD_TOTAL, 0, USE_BOTH,
	 "grand total|grand total amount|total including gst and tax|total "
	 "inclusive|total including tax|total incl tax|"
	 "total inc tax|total including vat|total incl vat|total inc vat|"
	 "total including gst|total incl gst|total inc gst|total with tax|"
	 "total with vat|total after tax|gross total|total gross|gross amount|"
	 "total gross amount|grand total including tax|grand total incl tax|"
	 "grand total including vat|grand total incl vat|final total|"
	 "total ttc|montant ttc|montant total ttc|gesamtbetrag|endbetrag|"
	 "endsumme|rechnungsbetrag|gesamtsumme|bruttobetrag|total brutto|"
	 "gesamt brutto|summe brutto|brutto|total inkl mwst|"
	 "gesamtbetrag inkl mwst|gesamtbetrag brutto|rechnungssumme|"
	 "total general"},
	{FIELD_TOTAL, 1, USE_BOTH,
	 "invoice total|order total|bill total|total for this bill|total "
	 "premium|total invoice amount|"
	 "invoice amount|total amount|amount total|total invoice|"
	 "total invoice value|total bill|montant total|receipt total"},
	{FIELD_TOTAL, 2, USE_BOTH,
	 "total|total price|total cost|total sale|total charge|total fee|total "
	 "fare|total value|"
	 "total for order|summe|gesamt|somme|total eur|total usd|"
	 "total gbp|total euro"},
	{FIELD_TOTAL, 2, USE_ASKED,
	 "total amount paid|total sum|sum|final price|total paid amount|"
	 "sum total|final amount|overall total|"
	 "grand total price|total to be paid|full amount|"
	 "total spent|total purchase amount|total bill amount|bill amount|"
	 "total purchase amount|purchase total|total order amount|"
	 "transaction amount|transaction total|total transaction amount"},
	{FIELD_DUE, 0, USE_BOTH,
	 "amount due|balance due|total due|total amount due|amount payable|"
	 "total payable|total amount payable|to pay|total to pay|"
	 "amount to pay|please pay|net payable|balance to pay|"
	 "pay this amount|outstanding balance|balance outstanding|"
	 "amount outstanding|outstanding amount|amount owing|balance owing|"
	 "amount owed|balance owed|"
	 "invoice balance|total balance due|total now due|due now|total owing|"
	 "balance payable|you owe|amount you owe|patient balance|balance now "
	 "due|total outstanding|please pay this amount|patient "
	 "responsibility|total to be paid|payment amount due|zu "
	 "zahlen|zahlbetrag|zu zahlender betrag|"
	 "offener betrag|restbetrag|zahlbarer betrag|net a payer|montant du|"
	 "a payer|reste a payer|total a payer|montant a payer|solde a payer|"
	 "solde du|new balance|current balance due"},
	{FIELD_DUE, 1, USE_BOTH, "balance|due|remaining balance"},
	{FIELD_SUBTOTAL, 0, USE_BOTH,
	 "subtotal|sub total|net total|total net|total net amount|"
	 "total excluding tax|total excl tax|total exc tax|total ex tax|"
	 "total excluding vat|total excl vat|total exc vat|total ex vat|"
	 "total excluding gst|total excl gst|total ex gst|total before tax|"
	 "total before vat|total without tax|total without vat|"
	 "amount before tax|net amount|amount excl vat|subtotal amount|"
	 "subtotal before tax|zwischensumme|zwischentotal|nettobetrag|summe "
	 "netto|"
	 "gesamt netto|total netto|gesamtbetrag netto|nettosumme|total ht|"
	 "montant ht|montant total ht|sous total|soustotal|sous total ht|"
	 "merchandise total|order subtotal|item subtotal|invoice subtotal"},
	{FIELD_SUBTOTAL, 1, USE_BOTH, "net|netto|net price|net value"},
	{FIELD_SUBTOTAL, 1, USE_ASKED,
	 "price before tax|price without tax|amount without tax|"
	 "price excluding tax|amount excluding tax|total amount before tax|"
	 "total amount excluding tax"},
	{FIELD_TAX, 0, USE_BOTH,
	 "total tax|tax total|total vat|vat total|total gst|gst total|"
	 "total tva|tva total|total mwst|total tax amount|total vat amount|"
	 "total sales tax|mwst gesamt"},
	{FIELD_TAX, 1, USE_BOTH,
	 "tax|sales tax|vat|gst|hst|pst|qst|cgst|sgst|igst|state tax|"
	 "local tax|city tax|county tax|tax amount|vat amount|gst amount|"
	 "sales tax amount|state sales tax|local sales tax|estimated tax|"
	 "of which vat|of which tax|incl vat|including vat|includes "
	 "vat|includes gst|incl gst|"
	 "gst included|vat included|incl tax|incl mwst|inkl mwst|mwst|ust|"
	 "umsatzsteuer|mehrwertsteuer|mwst betrag|steuer|steuerbetrag|"
	 "umsatzsteuerbetrag|enthaltene mwst|"
	 "darin mwst|zzgl mwst|zzgl ust|inkl ust|plus vat|add vat|plus tax|"
	 "tva|montant tva|dont tva|gst hst|vat tax|value added tax|"
	 "goods and services tax|gst included in total|meal tax|"
	 "food tax|restaurant tax|occupancy tax|room tax|output vat"},
	{FIELD_TAX, 1, USE_ASKED, "tax charged|tax paid|tax value|tax sum"},
	{FIELD_TAX_RATE, 0, USE_BOTH,
	 "tax rate|vat rate|gst rate|sales tax rate|mwst satz|steuersatz|"
	 "taux tva|tax percentage|vat percentage|tax percent"},
	{FIELD_TIP, 0, USE_BOTH,
	 "tip|gratuity|tip amount|gratuity amount|total tip|trinkgeld|"
	 "pourboire|added tip|tip added"},
	{FIELD_SERVICE, 0, USE_BOTH,
	 "service charge|service fee|bedienung|frais de service|svc chg|svc "
	 "charge|serv charge|svc|service chg|bedienungsgeld|servizio|servicio"},
	{FIELD_SERVICE, 1, USE_PAPER, "service"},
	{FIELD_SHIPPING, 0, USE_BOTH,
	 "shipping|shipping and handling|shipping handling|delivery|"
	 "delivery fee|delivery charge|freight|postage|shipping cost|"
	 "shipping fee|shipping charge|postage and packing|shipping total|"
	 "total shipping|versand|versandkosten|lieferkosten|frais de port|"
	 "frais de livraison|livraison|carriage|shipping amount|delivery cost"},
	{FIELD_DISCOUNT, 0, USE_BOTH, "total discount|discount total"},
	{FIELD_DISCOUNT, 1, USE_BOTH,
	 "discount|less discount|discount amount|rabatt|remise|coupon|"
	 "promotion|promo|rebate|member discount|nachlass|skonto|reduction|"
	 "coupon discount|promotional discount|promo discount|"
	 "discount applied|staff discount|sibling discount|loyalty "
	 "discount|early payment discount|trade discount|gutschein"},
	{FIELD_SAVINGS, 0, USE_BOTH,
	 "total saving|saving|you saved|you have saved|total saved|you save|"
	 "saved|member saving|saving today|your saving today|saved today|"
	 "sie sparen|ersparnis"},
	{FIELD_CHANGE, 0, USE_BOTH,
	 "change|change due|cash change|change given|total change|"
	 "change amount|ruckgeld|wechselgeld|rendu|monnaie|monnaie rendue|"
	 "rendu monnaie|a rendre|change returned|ruckgeld bar|wechselgeld bar"},
	{FIELD_CASH, 0, USE_BOTH,
	 "cash|cash tendered|cash paid|cash received|cash payment|cash tend|"
	 "cash amount|cash given|cash tender|bar|bargeld|bar gegeben|"
	 "gegeben bar|geg bar|"
	 "barzahlung|bar eur|espece|cash eur|cash usd|cash gbp|paid cash"},
	{FIELD_CASH, 0, USE_ASKED, "amount paid in cash|paid in cash"},
	{FIELD_TENDERED, 0, USE_BOTH,
	 "amount tendered|tendered|tender|total tender|total tendered|"
	 "amount received|gegeben|tend|tender amount"},
	{FIELD_PAID, 0, USE_BOTH,
	 "amount paid|paid|total paid|payment received|payment amount|"
	 "less payment|payment|already paid|paid amount|paid to date|"
	 "payment made|less paid|bezahlt|bereits bezahlt|gezahlt|"
	 "montant paye|paye|deja paye|total payment|credit applied"},
	{FIELD_DEPOSIT, 0, USE_BOTH,
	 "deposit|deposit paid|less deposit|prepaid|prepayment|down payment|"
	 "advance payment|advance|anzahlung|acompte|deposit amount|"
	 "deposit received|less advance|less deposit paid|less deposit "
	 "received|retainer paid|less retainer|advance paid|less prepayment"},
	{FIELD_ITEM_COUNT, 0, USE_BOTH,
	 "total item|item count|number of item|no of item|item sold|"
	 "total number of item|total qty|total quantity|"
	 "number of item sold|no of item sold|total item sold|total unit|"
	 "anzahl artikel|nb article|nombre darticle|nombre article|"
	 "total article|total item count|item purchased|total no of item|"
	 "item total qty|item in transaction|anzahl posten|"
	 "count of item|unit sold|total piece"},
	{FIELD_ITEM_COUNT, 1, USE_COLON, "item|piece|posten"},
	{FIELD_ITEM_COUNT, 1, USE_ASKED, "quantity of item"},
	{FIELD_INVOICE_NUMBER, 0, USE_BOTH,
	 "invoice number|invoice no|invoice nr|invoice num|invoice id|"
	 "invoice ref|invoice reference|invoice reference number|"
	 "tax invoice no|tax invoice number|inv no|inv number|inv nr|inv|"
	 "bill no|bill number|bill id|rechnungsnummer|rechnung nr|"
	 "rechnungsnr|rechnung no|rechnung nummer|re nr|renr|facture n|"
	 "facture no|facture numero|numero de facture|numero facture|"
	 "n de facture|n facture|no facture|no de facture|invoice code"},
	{FIELD_INVOICE_NUMBER, 1, USE_BOTH,
	 "invoice|tax invoice|rechnung|facture|bill|vat invoice|"
	 "sales invoice|commercial invoice"},
	{FIELD_ORDER_NUMBER, 0, USE_BOTH,
	 "order number|order no|order nr|order num|order id|order ref|"
	 "order reference|order reference number|sales order no|"
	 "sales order number|so number|so no|bestellnummer|bestellnr|"
	 "bestell nr|bestellung nr|auftragsnummer|auftrag nr|auftragsnr|"
	 "auftrags nr|numero de commande|n de commande|commande n|"
	 "commande no|n commande|no de commande|order code|"
	 "order confirmation number|order confirmation no|"
	 "web order number|online order number|ord no"},
	{FIELD_ORDER_NUMBER, 1, USE_BOTH,
	 "order|sales order|bestellung|auftrag|commande|online order"},
	{FIELD_PURCHASE_ORDER, 0, USE_BOTH,
	 "po number|po no|po|purchase order|purchase order number|"
	 "purchase order no|purchase order id|customer po|customer po number|"
	 "po ref|your po|po reference|customer po no"},
	{FIELD_RECEIPT_NUMBER, 0, USE_BOTH,
	 "receipt number|receipt "
	 "no|ticketnr|ticketnummer|quittungsnr|quittungsnummer|receipt "
	 "nr|receipt id|receipt num|"
	 "check no|check number|ticket no|ticket number|bon nr|bonnr|"
	 "bonnummer|beleg nr|belegnr|belegnummer|ticket n|ticket nr|slip no|"
	 "slip number|sales receipt no|sales receipt number|"
	 "numero de ticket|n ticket|no ticket|quittung nr|rcpt no|"
	 "numero de recu|docket no|docket number|kassenbon nr"},
	{FIELD_RECEIPT_NUMBER, 1, USE_BOTH,
	 "receipt|check|chk|ticket|bon|beleg|rcpt|sales receipt|quittung|"
	 "cash receipt|docket"},
	{FIELD_TRANSACTION, 0, USE_BOTH,
	 "transaction id|transaction no|transaction number|trans id|trans no|"
	 "trans number|transaction|trans|trx|txn|txn id|tran|transaction ref|"
	 "transaction reference|trn|tran no|tran id|transaktion nr|"
	 "transaktionsnummer|trans nr|ta nr|transaction code|tc|txn no"},
	{FIELD_REFERENCE, 0, USE_BOTH,
	 "reference|reference number|reference no|ref|ref no|ref number|"
	 "payment reference|our reference|our ref|your reference|your ref|"
	 "referenz|verwendungszweck|referenznummer|referenz nr|ref nr|"
	 "ref num|payment ref|reference code|customer reference|"
	 "reference id|booking reference|booking ref"},
	{FIELD_CUSTOMER_NUMBER, 0, USE_BOTH,
	 "customer number|customer no|customer id|customer nr|client number|"
	 "client no|client id|kundennummer|kundennr|kunden nr|kunde nr|kd nr|"
	 "numero client|n client|no client|cust no|cust id|client n|"
	 "numero de client|customer code|client code|customer ref|"
	 "customer num|guest number|patient id|patient number"},
	{FIELD_ACCOUNT_NUMBER, 0, USE_BOTH,
	 "account number|account no|account nr|acct no|acct|account|"
	 "account id|acc no|kontonummer|konto nr|konto|customer account|"
	 "customer account number|account num|acct number|a c no|acc|"
	 "bank account|bank account number|bank account no|"
	 "numero de compte|n de compte|ac no"},
	{FIELD_LOYALTY_NUMBER, 0, USE_BOTH,
	 "loyalty card|loyalty card number|loyalty card no|loyalty number|"
	 "loyalty no|loyalty id|loyalty card id|member no|"
	 "member number|member id|membership no|membership number|"
	 "membership id|reward number|reward no|reward card|"
	 "reward card number|reward member|reward id|club card|"
	 "club card number|club card no|clubcard|clubcard number|clubcard no|"
	 "kundenkarte|bonuskarte|carte de fidelite|carte fidelite|"
	 "loyalty member|loyalty account|frequent flyer|loyalty acct|"
	 "membership card|member card|kundenkarte nr|loyalty membership|"
	 "reward account|club member|club no|club number"},
	{FIELD_LOYALTY_NUMBER, 1, USE_PAPER,
	 "member|membership|loyalty|reward"},
	{FIELD_TRACKING_NUMBER, 0, USE_BOTH,
	 "tracking number|tracking no|tracking|tracking id|tracking code|"
	 "sendungsnummer|sendung nr|numero de suivi|shipment number|"
	 "shipment tracking number|shipment tracking"},
	{FIELD_TAX_NUMBER, 0, USE_BOTH,
	 "tax id|tax no|tax number|tax reg no|tax id no|tax id number|"
	 "federal tax id|tax registration no|tax registration number|"
	 "tax identification number|vat no|vat number|vat id|vat reg|"
	 "vat reg no|vat reg number|vat registration|vat registration no|"
	 "vat registration number|vat nr|vat id no|vat id number|gst no|"
	 "gst number|gst reg no|gst reg|gst registration no|"
	 "gst registration number|gstin|gst id|hst no|hst number|hst reg no|"
	 "gst hst no|gst hst number|abn|ein|tin|steuernummer|steuer nr|"
	 "steuernr|ust id|ust idnr|ustid|ustidnr|ust id nr|uid|uid nr|"
	 "mwst nr|mwst nummer|n tva|no tva|numero tva|numero de tva|"
	 "n de tva|tva intracommunautaire|n tva intracommunautaire|tva intra|"
	 "tva no|tva n|siret|siren|vat tin|pst no|qst no|umsatzsteuer id|"
	 "st nr|company vat no|vat code|umsatzsteuer id nr"},
	{FIELD_TAX_NUMBER, 1, USE_COLON,
	 "vat|gst|hst|qst|pst|tva|mwst|ust|btw|iva"},
	{FIELD_DATE, 0, USE_BOTH,
	 "date|datum|transaction date|purchase date|sale date|receipt date|"
	 "date of purchase|date of sale|trans date|date time|datetime|"
	 "date and time|date of transaction|belegdatum|bondatum|"
	 "verkaufsdatum|kaufdatum|date dachat|date de vente|date heure"},
	{FIELD_DATE, 0, USE_ASKED,
	 "document date|bill of date|date on receipt|date printed on receipt"},
	{FIELD_INVOICE_DATE, 0, USE_BOTH,
	 "invoice date|inv date|bill date|billing date|date of invoice|"
	 "invoice issued|date issued|issue date|date of issue|issued|"
	 "issued on|billed on|invoiced|invoiced on|invoice issue date|"
	 "rechnungsdatum|date de facture|date facture|date demission|"
	 "date de facturation|datum der rechnung|ausstellungsdatum|"
	 "emise le|facture du|rechnung vom|invoice created"},
	{FIELD_DUE_DATE, 0, USE_BOTH,
	 "due date|payment due|due|due on|due by|date due|pay by|"
	 "payment due date|payment due by|payable by|pay before|"
	 "please pay by|invoice due|invoice due date|payment due on|"
	 "payable on|payment date due|"
	 "fallig am|fallig|falligkeitsdatum|falligkeit|zahlbar bis|"
	 "zahlungsziel|zahlung bis|fallig bis|echeance|date decheance|"
	 "date echeance|date limite de paiement|a payer avant le|"
	 "a regler avant le|date de paiement|payment deadline|bill due date"},
	{FIELD_ORDER_DATE, 0, USE_BOTH,
	 "order date|ordered|ordered on|date ordered|date of order|"
	 "order placed|order placed on|placed on|bestelldatum|bestellt am|"
	 "auftragsdatum|date de commande|date commande|commande du|"
	 "date order placed"},
	{FIELD_DELIVERY_DATE, 0, USE_BOTH,
	 "delivery date|ship date|shipping date|date shipped|shipped|"
	 "shipped on|shipment date|date of delivery|delivered|delivered on|"
	 "lieferdatum|liefertermin|leistungsdatum|geliefert am|"
	 "date de livraison|livre le|date delivered|date of supply|"
	 "dispatch date|despatch date"},
	{FIELD_TIME, 0, USE_BOTH,
	 "time|uhrzeit|heure|zeit|time of sale|transaction time|"
	 "purchase time|order time|time of purchase|date time|datetime|"
	 "date and time|trans time|sale time|receipt time|date heure|"
	 "time of transaction"},
	{FIELD_PHONE, 0, USE_BOTH,
	 "phone|phone number|phone no|telephone|telephone number|"
	 "telephone no|tel|tel no|tel nr|ph|ph no|call|call us|call us at|"
	 "mobile|mobile number|mobile no|cell|contact number|contact no|"
	 "telefon|telefonnummer|telefon nr|handy|mobil|contact phone|fon|"
	 "phone num|contact phone number|mob|portable|numero de telephone|"
	 "store phone|store phone number|business phone|store tel|store ph"},
	{FIELD_PHONE, 1, USE_BOTH,
	 "customer service|support|hotline|helpline|customer care|toll free|"
	 "help line|customer support|customer service phone|service hotline"},
	{FIELD_PHONE, 0, USE_COLON, "t|p|m"},
	{FIELD_PHONE, 0, USE_ASKED,
	 "contact telephone|merchant phone|"
	 "merchant phone number|vendor phone|company phone"},
	{FIELD_FAX, 0, USE_BOTH,
	 "fax|fax number|fax no|telefax|fax "
	 "nr|facsimile|telecopie|telecopieur"},
	{FIELD_FAX, 0, USE_COLON, "f"},
	{FIELD_EMAIL, 0, USE_BOTH,
	 "email|e mail|email address|mail|e mail address|contact email|"
	 "email us|courriel|e mail adresse|mail address|email id|"
	 "email contact|adresse email|adresse e mail"},
	{FIELD_EMAIL, 0, USE_ASKED,
	 "merchant email|vendor email|store email|company email"},
	{FIELD_WEBSITE, 0, USE_BOTH,
	 "website|web|url|web site|web address|homepage|internet|site web|"
	 "website url|webpage|web page|website address|online at|"
	 "visit us at|www|site internet|webseite"},
	{FIELD_WEBSITE, 0, USE_ASKED,
	 "site|link|merchant website|store website|company website|"
	 "vendor website|internet address"},
	{FIELD_IBAN, 0, USE_BOTH, "iban|iban number|iban no|iban nr|iban code"},
	{FIELD_BIC, 0, USE_BOTH,
	 "bic|swift|swift code|bic code|swift bic|bic swift|bic swift code|"
	 "swift bic code|swiftcode"},
	{FIELD_CARD_NUMBER, 0, USE_BOTH,
	 "card number|card no|credit card number|credit card no|card|"
	 "credit card|debit card|card num|kartennummer|karten nr|karte|"
	 "kartennr|carte|numero de carte|n carte|debit card number|pan|"
	 "payment card number|visa|mastercard|amex|card nr|account card"},
	{FIELD_CARD_DIGITS, 0, USE_ASKED,
	 "last four|last four digit|card last digit|card last four|"
	 "card last four digit|card ending|card digit|last digit|"
	 "credit card last four|credit card last four digit|card ending in|"
	 "card number last four|card number last four digit|"
	 "credit card number last four digit|payment card last four|"
	 "payment card last four digit|card ending digit|"
	 "card ending number|last4|card last4"},
	{FIELD_CURRENCY, 0, USE_BOTH,
	 "currency|currency code|wahrung|devise|currency used|"
	 "invoice currency|monnaie de facturation"},
	{FIELD_CURRENCY, 0, USE_ASKED, "currency symbol|currency name"},
	{FIELD_MERCHANT, 0, USE_BOTH,
	 "merchant|merchant name|store name|shop name|vendor|vendor name|"
	 "seller|seller name|sold by|supplier|supplier name|"
	 "restaurant name|issued by|retailer|retailer name|"
	 "handler|verkaufer|lieferant|vendeur|fournisseur|name of store"},
	{FIELD_MERCHANT, 1, USE_COLON,
	 "store|shop|restaurant|bill from|magasin|invoice from|billed by"},
	{FIELD_MERCHANT, 1, USE_ASKED,
	 "store|shop|company|company name|restaurant|business|business name|"
	 "firm|firma|issuer|supermarket|supermarket name|hotel name|"
	 "issuer name|vendor company|hotel|pharmacy|pharmacy name|cafe|"
	 "cafe name|clinic|clinic name|salon|salon name|garage|garage name|"
	 "bakery|bakery name|bar name|pub|pub name|merchant company|"
	 "seller company|supplier company|provider|provider name|"
	 "service provider|biller|biller name|store or merchant name|"
	 "establishment|establishment name|name of merchant|name of shop|"
	 "name of restaurant|merchant or store name|store merchant name|"
	 "business or store name|airline|airline name|gas station|"
	 "gas station name|petrol station|petrol station name|clinic or "
	 "practice|practice name|school name|taxi company|carrier name|"
	 "utility company|utility provider|invoice issuer|landlord company"},
	{FIELD_ADDRESS, 0, USE_BOTH,
	 "address|adresse|anschrift|store address|shop address|"
	 "business address|company address|hotel address|clinic "
	 "address|merchant address|vendor address|"
	 "seller address|supplier address|restaurant address|our address|"
	 "registered address|mailing address|store location|adresse postale"},
	{FIELD_CUSTOMER, 0, USE_BOTH,
	 "bill to|billed to|sold to|invoice to|bill to address|"
	 "billing address|rechnungsadresse|rechnungsempfanger|"
	 "rechnung an|adresse de facturation|facture a|invoiced to|"
	 "rechnungsanschrift|invoice address|issued to|prepared for|"
	 "quote for|invoice for|purchaser|recipient"},
	{FIELD_CUSTOMER, 1, USE_COLON,
	 "customer|customer name|client|client name|buyer|buyer name|kunde|"
	 "acheteur|guest|guest name|patient|patient name|to"},
	{FIELD_CUSTOMER, 1, USE_ASKED,
	 "customer|customer name|client|client name|buyer|buyer name|"
	 "guest name|billed customer"},
	{FIELD_SHIP_TO, 0, USE_BOTH,
	 "ship to|shipped to|shipping address|ship to address|deliver to|"
	 "delivery address|delivered to|lieferadresse|lieferanschrift|"
	 "adresse de livraison|livre a|send to|consignee"},
	{FIELD_PAYMENT_METHOD, 0, USE_BOTH,
	 "payment method|payment type|paid by|paid with|paid via|"
	 "method of payment|zahlungsart|zahlungsmethode|zahlungsweise|"
	 "bezahlt mit|mode de paiement|moyen de paiement|mode de reglement|"
	 "paid using|payment mode|tender type|mode of payment|"
	 "form of payment|type of payment"},
	{FIELD_ITEMS, 0, USE_ASKED,
	 "item|line item|item list|item line|product|product list|article|"
	 "list of item|list of product|item purchased|purchased item|"
	 "item bought|ordered item|order item|invoice item|invoice line|"
	 "invoice line item|receipt item|item ordered|purchased product|"
	 "product purchased|artikel|positionen|position|goods|"
	 "list of line item|list of purchased item|list of item purchased|"
	 "purchase item|itemized list|item with price|item and price|"
	 "line item with price|line item and price|"
	 "list of item with price|items detail|item detail|"
	 "line item detail|list of item and price|"
	 "list of purchased item with price|"
	 "list of purchased item and price|articles achete|product bought"},
	/* Spanish, Italian, Dutch, Portuguese, Polish, Swedish */
	{FIELD_TOTAL, 0, USE_BOTH,
	 "importe total|total factura|total con iva|total iva incluido|"
	 "totale complessivo|importo totale|totale fattura|totale documento|"
	 "totale ivato|totaal incl btw|totaal inclusief btw|eindtotaal|"
	 "totaalbedrag|valor total|total geral|razem brutto"},
	{FIELD_TOTAL, 2, USE_BOTH,
	 "totale|totale euro|totale eur|totaal|totaal eur|suma|razem|totalt|"
	 "totalt sek|summa|total sek|total chf|total cad|total aud|total inr|"
	 "total nok|total dkk|total aed"},
	{FIELD_DUE, 0, USE_BOTH,
	 "importe a pagar|total a pagar|saldo pendiente|a pagar|da pagare|"
	 "totale da pagare|importo dovuto|netto a pagare|te betalen|"
	 "totaal te betalen|te voldoen|openstaand bedrag|valor a pagar|"
	 "do zaplaty|att betala|a betale|at betale"},
	{FIELD_SUBTOTAL, 0, USE_BOTH,
	 "base imponible|total sin iva|importe neto|imponibile|"
	 "totale imponibile|subtotale|totale netto|subtotaal|"
	 "totaal excl btw|totaal exclusief btw|bedrag excl btw|razem netto|"
	 "wartosc netto|delsumma"},
	{FIELD_TAX, 0, USE_BOTH, "total iva|totale iva|totaal btw"},
	{FIELD_TAX, 1, USE_BOTH,
	 "iva|importe iva|cuota iva|iva incluido|di cui iva|importo iva|btw|"
	 "btw bedrag|waarvan btw|moms|varav moms|heraf moms|mva|herav mva"},
	{FIELD_TIP, 0, USE_BOTH, "propina|mancia|fooi|gorjeta"},
	{FIELD_DISCOUNT, 1, USE_BOTH,
	 "descuento|dto|sconto|korting|desconto|rabat"},
	{FIELD_CHANGE, 0, USE_BOTH,
	 "cambio|su cambio|vuelto|resto|wisselgeld|troco|reszta"},
	{FIELD_CASH, 0, USE_BOTH,
	 "efectivo|contanti|contante|contant|dinheiro|gotowka|kontant"},
	{FIELD_INVOICE_NUMBER, 0, USE_BOTH,
	 "numero de factura|num factura|n de factura|factura n|factura no|"
	 "factura numero|factura num|numero fattura|fattura n|fattura no|"
	 "fattura nr|fattura numero|n fattura|factuurnummer|factuur nr|"
	 "factuurnr|factuur nummer|numero da fatura|fatura n|fatura no|"
	 "faktura nr|faktura vat nr|faktura vat|fakturanummer|fakturanr|"
	 "fakturanr|honorarnote nr|honorarnote"},
	{FIELD_INVOICE_NUMBER, 1, USE_BOTH,
	 "factura|fattura|factuur|fatura|faktura"},
	{FIELD_ORDER_NUMBER, 0, USE_BOTH,
	 "numero de pedido|pedido no|pedido n|n pedido|numero ordine|ordine n|"
	 "ordine nr|ordernummer|order nummer"},
	{FIELD_CUSTOMER_NUMBER, 0, USE_BOTH,
	 "klantnummer|klantnr|klant nr|numero de cliente|codice cliente|"
	 "kundnummer|kundnr"},
	{FIELD_RECEIPT_NUMBER, 0, USE_BOTH, "kvitto nr|kvittonr|scontrino n"},
	{FIELD_RECEIPT_NUMBER, 1, USE_BOTH, "kvitto|scontrino"},
	{FIELD_TAX_NUMBER, 0, USE_BOTH,
	 "cif|nif|nip|cnpj|piva|p iva|partita iva|codice fiscale|btw nummer|"
	 "btw nr|btw id|btwnummer|btwnr|momsnr|moms nr|cvr nr|trn|nif iva"},
	{FIELD_DATE, 0, USE_BOTH, "fecha|fecha de compra|data|dato"},
	{FIELD_INVOICE_DATE, 0, USE_BOTH,
	 "fecha de factura|fecha factura|fecha de emision|fecha emision|"
	 "data fattura|data emissione|data di emissione|factuurdatum|"
	 "data da fatura|data wystawienia|fakturadatum|fakturadato"},
	{FIELD_DUE_DATE, 0, USE_BOTH,
	 "vencimiento|fecha de vencimiento|fecha vencimiento|scadenza|"
	 "data scadenza|data di scadenza|vervaldatum|uiterste betaaldatum|"
	 "betalen voor|te betalen voor|vencimento|data de vencimento|"
	 "termin platnosci|forfallodatum|forfallsdato|forfaldsdato"},
	{FIELD_TIME, 0, USE_BOTH, "hora|ora|tijd"},
	{FIELD_PHONE, 0, USE_BOTH,
	 "telefono|movil|cellulare|telefoon|telefoonnummer|telefone"},
	{FIELD_CUSTOMER, 0, USE_BOTH, "facturar a|factuur aan|fatturare a"},
	{FIELD_CUSTOMER, 1, USE_COLON, "cliente|klant|kund|nabywca"},
	{FIELD_PAYMENT_METHOD, 0, USE_BOTH,
	 "forma de pago|metodo de pago|metodo di pagamento|"
	 "modalita di pagamento|betaalwijze|betaalmethode|betaald met|"
	 "forma de pagamento|sposob platnosci|forma platnosci|betalsatt"},
	/* what only looks like one of them */
	{FIELD_NONE, 0, USE_BOTH,
	 "taxable|taxable amount|taxable total|taxable sale|taxable value|"
	 "tax exempt|non taxable|nontaxable|non tax|tax code|tax point|"
	 "total taxable|total non taxable|net taxable|total tax exempt|"
	 "tax point date|tax free|vat free|zero rated|tax class|tax type|"
	 "net weight|gross weight|tare|suggested tip|suggested gratuity|"
	 "tip guide|tip suggestion|tip not included|tip percentage|"
	 "tips are appreciated|"
	 "page total|total page|total this page|carried forward|"
	 "brought forward|total carried forward|total brought forward|"
	 "total point|point total|point balance|point earned|point|"
	 "reward balance|reward point|previous balance|opening balance|"
	 "prior balance|last balance|balance forward|beginning balance|"
	 "balance brought forward|account balance|loyalty balance|"
	 "gift card balance|card balance|available balance|closing balance|"
	 "ending balance|item total|line total|row total|"
	 "expiry date|expiration date|expire|expiry|exp|exp date|valid until|"
	 "valid thru|valid through|valid from|valid to|best before|"
	 "birth date|date of birth|birthday|dob|print date|printed|"
	 "printed on|return by|return before|start date|end date|report date|"
	 "check in|check out|checkin|checkout|arrival|departure|"
	 "check in date|check out date|arrival date|departure date|"
	 "service date|date of service|date opened|period|billing period|"
	 "statement date|payment date|date paid|paid on|paid date|"
	 "cash back|cashback|cash drawer|cash register|cash desk|"
	 "change of address|charge|total charged|shopping|teller|server|"
	 "cash out|order type|order status|order note|order by|ordered by|"
	 "order placed by|order taken by|order via|order for|"
	 "invoice period|invoice type|invoice status|"
	 "receipt type|receipt copy|customer copy|merchant copy|store copy|"
	 "customer signature|card type|card issuer|card holder|cardholder|"
	 "card expiry|card brand|entry method|account type|account name|"
	 "account holder|member since|member name|member point|"
	 "member price|reward earned|reward point earned|bonus point|"
	 "delivery note|delivery method|delivery note no|delivery time|"
	 "delivery instruction|shipping method|ship via|shipped via|"
	 "shipping weight|coupon code|promo code|discount code|voucher|"
	 "gift card|gift card number|gift card no|reference rate|"
	 "time in|time out|time zone|time period|clock in|table|guest count|"
	 "store number|store no|store id|store hour|shop number|shop id|"
	 "merchant id|merchant no|merchant number|merchant code|mid|"
	 "vendor id|vendor no|vendor number|vendor code|supplier no|"
	 "supplier number|terminal|terminal id|terminal no|tid|register|"
	 "till|pos|cashier|operator|clerk|approval code|approval|auth code|"
	 "authorization|authorization code|auth|auth no|appr code|aid|tvr|"
	 "tsi|payment terms|payment due in|terms|bank|bank name|sort code|"
	 "routing number|bank code|blz|serial number|serial no|"
	 "model number|part number|item number|item no|item code|item id|"
	 "item description|item name|product code|product number|sku|upc|"
	 "quote number|quote no|quotation number|quotation no|estimate no|"
	 "estimate number|quote|quotation|estimate|project|project number|"
	 "contract number|contract no|job number|job no|claim number|"
	 "credit limit|credit note|credit note no|credit note number|"
	 "total weight|total hour|total distance|total calorie|"
	 "discount rate|service tax number|company number|company no|"
	 "company reg no|company registration no|company registration number|"
	 "registration number|registration no|reg no|reg number|"
	 "handelsregister|amtsgericht|hrb|kasse|kassierer|bediener|filiale|"
	 "tisch|caissier|caisse|invoice address email|subject|notes|note|"
	 "remark|comment|description|attention|attn|tip line|tax summary|"
	 "vat summary|vat analysis|vat breakdown|tax detail|price per unit"},
};

const size_t prompt_phrases_count =
	sizeof(prompt_phrases) / sizeof(*prompt_phrases);

const char *const prompt_label_words[] = {
	[WORD_FILLER] = "is est no nr n num number amount in at on of",
	[WORD_BEFORE] = "your the our my ihr ihre der die das le la les votre",
	[WORD_UNIT] =
		"kg g mg lb oz l ml cl km mi cm mm pt point item pc piece stk "
		"stuck hr hour h min minute day night week month year kwh cal "
		"kcal unit qty article artikel person people pax guest page "
		"percent star mile liter litre gallon gal box bag x each ea "
		"product line positions posten",
	[WORD_COLUMN] =
		"description item qty quantity product article artikel menge "
		"anzahl bezeichnung beschreibung designation quantite qte "
		"hour hrs einzelpreis position pos sku libelle leistung "
		"service details unit units",
	[WORD_MAYBE] = "no price amount total rate date tax vat cost preis "
		       "betrag gesamt prix montant unitaire line discount "
		       "code number id size net gross mwst tva ht ttc pu u "
		       "summe value rates ea each",
};
