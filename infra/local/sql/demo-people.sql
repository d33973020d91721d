-- The demo's people: customers 1 to 20 and dentists 1 to 5, all invented.

INSERT INTO jarvis.assignment_customer (id, email, name, cognito_sub) VALUES
    ( 1, 'customer1@example.test',  'Mara Lindqvist',     'customer-1'),
    ( 2, 'customer2@example.test',  'Tobias Rahn',        'customer-2'),
    ( 3, 'customer3@example.test',  'Aylin Demirci',      'customer-3'),
    ( 4, 'customer4@example.test',  'Jonas Weidner',      'customer-4'),
    ( 5, 'customer5@example.test',  'Chiara Bellandi',    'customer-5'),
    ( 6, 'customer6@example.test',  'Piotr Zawadzki',     'customer-6'),
    ( 7, 'customer7@example.test',  'Noor van Dalen',     'customer-7'),
    ( 8, 'customer8@example.test',  'Émile Charpentier',  'customer-8'),
    ( 9, 'customer9@example.test',  'Hana Kovářová',      'customer-9'),
    (10, 'customer10@example.test', 'Lukas Obermüller',   'customer-10'),
    (11, 'customer11@example.test', 'Sofia Papadaki',     'customer-11'),
    (12, 'customer12@example.test', 'Kwame Asante',       'customer-12'),
    (13, 'customer13@example.test', 'Ingrid Haugland',    'customer-13'),
    (14, 'customer14@example.test', 'Rafael Monteiro',    'customer-14'),
    (15, 'customer15@example.test', 'Yuki Tanimura',      'customer-15'),
    (16, 'customer16@example.test', 'Deirdre O’Halloran', 'customer-16'),
    (17, 'customer17@example.test', 'Matteo Grigis',      'customer-17'),
    (18, 'customer18@example.test', 'Leila Farahani',     'customer-18'),
    (19, 'customer19@example.test', 'Sven Åkerblom',      'customer-19'),
    (20, 'customer20@example.test', 'Anna-Maria Stolz',   'customer-20');

INSERT INTO jarvis.dentist_dentist (id, email, name) VALUES
    (1, 'dentist1@example.test', 'Dr. Katharina Vogt'),
    (2, 'dentist2@example.test', 'Dr. Mehmet Aksoy'),
    (3, 'dentist3@example.test', 'Dr. Louise Fontaine'),
    (4, 'dentist4@example.test', 'Dr. Henrik Solberg'),
    (5, 'dentist5@example.test', 'Dr. Priya Raghavan');
